import { gzipSync } from 'node:zlib'
import type { FastifyReply } from 'fastify'
import type { Payload } from './cut-short.ts'
import type { FaultAct } from './fault-act.ts'

/** Sends a response in gzip, or bytes that only claim to be. */
export function sendEncoded(
  reply: FastifyReply,
  { status, contentType, body }: Payload,
  encode: NonNullable<FaultAct['encode']>,
): FastifyReply {
  const bytes = encode === 'gzip' ? gzipSync(body) : Buffer.alloc(body.length, 0xa7)
  return reply.code(status).type(contentType).header('content-encoding', 'gzip').send(bytes)
}
