import { isUtf8 } from 'node:buffer'
import type { FastifyRequest } from 'fastify'
import type { HttpServer } from './http-server.ts'

/** By these codes `handle-errors.ts` knows what to answer. */
export type BodyFault = 'BODY_ENCODED' | 'BODY_OF_TWO_TYPES' | 'BODY_CHARSET' | 'BODY_NOT_UTF8'

/**
 * Takes JSON alone, and as it was sent: a body in another encoding, or bytes that are no UTF-8, would be read as some
 * other text than the client's (RFC 8259, section 8.1). What the head says already is refused before the body is read.
 */
export function readJsonBody(server: HttpServer): void {
  // Members named `__proto__` or `constructor` are valid JSON, and here no object is merged into another one.
  const parse = server.getDefaultJsonParser('ignore', 'ignore')
  server.removeContentTypeParser(['application/json', 'text/plain'])
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    if (!isUtf8(body)) done(new UnreadableBody('BODY_NOT_UTF8'))
    else void parse(request, body.toString(), done)
  })
  server.addHook('preParsing', (request, _reply, payload, done) => {
    const fault = faultOfHead(request)
    done(fault === null ? null : new UnreadableBody(fault), payload)
  })
}

function faultOfHead({ headers, raw }: FastifyRequest): BodyFault | null {
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') return 'BODY_ENCODED'
  const type = headers['content-type']
  if (type === undefined) return null
  // Node keeps the first of several.
  const names = raw.rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'content-type')
  if (names.length > 1) return 'BODY_OF_TWO_TYPES'
  const charset = CHARSET.exec(type)?.[1]
  return charset === undefined || /^(?:utf-?8|us-ascii)$/i.test(charset) ? null : 'BODY_CHARSET'
}

const CHARSET = /;[ \t]*charset=[ \t]*"?([^\s";]{1,40})/i

class UnreadableBody extends Error {
  readonly code: BodyFault
  constructor(code: BodyFault) {
    super(code)
    this.code = code
  }
}
