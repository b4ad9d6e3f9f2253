import { STATUS_CODES } from 'node:http'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { faultsOf, MOST_FAULTS } from './faults-of.ts'
import type { HttpServer } from './http-server.ts'
import { problemType, sendProblem } from './problem.ts'
import type { Problem } from './problem.ts'
import { spanIdOf, traceIdOf } from '../trace-context.ts'

/** Validates body, query, path and headers by the route's zod schemas and keeps every issue, with its exact path. */
export function validatorCompiler({ schema }: { schema: unknown }) {
  return (data: unknown) => {
    const parsed = z.safeParse(schema as z.ZodType, data)
    return parsed.success ? { value: parsed.data } : { error: new InvalidRequest(parsed.error.issues) }
  }
}

/** Makes every error answer of the server RFC 9457 problem details: bad requests, unknown addresses, our own bugs. */
export function handleErrors(server: HttpServer): void {
  server.setErrorHandler(answerError)
  refuseUnknown(server)
}

/** Answers what no route takes: 405 with the methods that are taken at this path, or 404. Call it before the routes. */
export function refuseUnknown(server: Pick<FastifyInstance, 'addHook' | 'setNotFoundHandler'>): void {
  const routes = listRoutes(server)
  const refuse = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const path = request.url.split('?', 1)[0] ?? ''
    const allowed = methodsAt(routes, path)
    // A route that takes the method and passed on knows no such file.
    const unknown = allowed.length === 0 || allowed.includes(request.method)
    return unknown ? refusePath(reply, request.method, path) : refuseMethod(reply, request.method, allowed)
  }
  server.setNotFoundHandler(refuse)
  // Before the body is looked at: what is wrong with it, or with its type, matters at no address that is not there.
  server.addHook('preParsing', async (request, reply) => {
    if (request.is404) return refuse(request, reply) as unknown as undefined
    return undefined
  })
}

/** The answer to an error that a route threw, or that Fastify met before or after it. */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  // Fastify would close the connection under a body that is still being sent, and the client, or a gateway, would meet
  // the broken connection before it had read the answer. What is left of the body is bounded (bound-connections.ts).
  if (!request.raw.complete) reply.removeHeader('connection')
  if (error instanceof InvalidRequest) return sendProblem(reply, toInvalid(error, request))
  const { code = '', statusCode = 500, message = '' } = (error ?? {}) as Partial<FastifyError>
  const known = KNOWN[code]
  if (known !== undefined) return sendProblem(reply, known(request))
  // Only what Fastify itself says may speak to the client: another library's error can carry a status too, meant for
  // us. Or the client is gone in the middle of its body, and what is said here is not read.
  const gone = request.raw.destroyed && !request.raw.complete
  if ((code.startsWith('FST_') || gone) && statusCode >= 400 && statusCode < 500) {
    const title = STATUS_CODES[statusCode] ?? 'Bad Request'
    // `about:blank`: there is nothing to know beyond the status (RFC 9457, section 4.2.1).
    return sendProblem(reply, { type: 'about:blank', title, status: statusCode, detail: message })
  }
  request.log.error({ err: error, method: request.method, url: request.url }, 'request failed')
  return sendProblem(reply, {
    type: problemType('internal'),
    title: 'Something went wrong here',
    status: 500,
    detail: 'The fault is not in the request. It has been logged under this request id.',
    request_id: spanIdOf(request.traceparent),
    trace_id: traceIdOf(request.traceparent),
  })
}

class InvalidRequest extends Error {
  override name = 'InvalidRequest'
  readonly issues: z.core.$ZodIssue[]
  /** Which part is at fault; set by Fastify. */
  validationContext?: 'body' | 'querystring' | 'params' | 'headers'

  constructor(issues: z.core.$ZodIssue[]) {
    super('the request does not match its schema')
    this.issues = issues
  }
}

const PARTS = { body: 'body', querystring: 'query', params: 'path', headers: 'headers' }

function toInvalid(error: InvalidRequest, request: FastifyRequest): Problem {
  const part = error.validationContext ?? 'body'
  if (part === 'body' && request.body === undefined) return emptyBody()
  const errors = faultsOf(error.issues.slice(0, MOST_FAULTS))
  // The looking may have ended there (list-of.ts), so how many more there are is not known.
  const more = error.issues.length > MOST_FAULTS
  const count = errors.length === 1 ? '1 fault' : `${errors.length} faults`
  return {
    type: problemType('invalid-request'),
    title: 'The request does not match its schema',
    status: 422,
    detail: more
      ? `The ${PARTS[part]} has more than ${MOST_FAULTS} faults; the first ${MOST_FAULTS} are listed.`
      : `The ${PARTS[part]} has ${count}.`,
    errors,
  }
}

function emptyBody(): Problem {
  const detail = 'The body is empty; send a JSON document.'
  return { type: problemType('not-json'), title: 'The body is not JSON', status: 400, detail }
}

const unsupported = (detail: string): Problem => ({
  type: problemType('unsupported-media-type'),
  title: 'The content type is not taken here',
  status: 415,
  detail,
})

// By Fastify's error codes and ours. Their messages are for its users, not for ours.
const KNOWN: Record<string, (request: FastifyRequest) => Problem> = {
  FST_ERR_CTP_EMPTY_JSON_BODY: emptyBody,
  FST_ERR_CTP_INVALID_JSON_BODY: () => ({
    type: problemType('not-json'),
    title: 'The body is not JSON',
    status: 400,
    detail: 'The body cannot be parsed as JSON.',
  }),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () => ({
    type: problemType('bad-request'),
    title: 'The body is not as long as announced',
    status: 400,
    detail: 'The body does not have the length that Content-Length gives.',
  }),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: (request) =>
    unsupported(`Send \`Content-Type: application/json\` instead of ${named(request.headers['content-type'])}.`),
  BODY_NOT_UTF8: () => ({
    type: problemType('not-json'),
    title: 'The body is not JSON',
    status: 400,
    detail: 'The body holds bytes that are no UTF-8; JSON is always UTF-8.',
  }),
  BODY_CHARSET: (request) =>
    unsupported(`Send the body as UTF-8 instead of ${named(request.headers['content-type'])}.`),
  BODY_OF_TWO_TYPES: () => unsupported('Send one `Content-Type: application/json`; the request has several.'),
  BODY_ENCODED: (request) =>
    unsupported(`Send the body without Content-Encoding; it has ${named(request.headers['content-encoding'])}.`),
  FST_ERR_CTP_BODY_TOO_LARGE: (request) => ({
    type: problemType('too-large'),
    title: 'The body is too large',
    status: 413,
    detail: `At most ${request.routeOptions.bodyLimit} bytes are taken.`,
    limit_bytes: request.routeOptions.bodyLimit,
  }),
  FST_ERR_BAD_URL: () => ({
    type: problemType('bad-request'),
    title: 'The address cannot be read',
    status: 400,
    detail: 'The path is not valid percent-encoding.',
  }),
  FST_ERR_MAX_PARAM_LENGTH: () => ({
    type: problemType('uri-too-long'),
    title: 'The address is too long',
    status: 414,
    detail: 'A part of the path is too long.',
  }),
}

function refusePath(reply: FastifyReply, method: string, path: string): FastifyReply {
  const detail = `There is nothing to ${method} at ${path.slice(0, 200)}.`
  return sendProblem(reply, { type: problemType('not-found'), title: 'There is nothing here', status: 404, detail })
}

function refuseMethod(reply: FastifyReply, method: string, allowed: string[]): FastifyReply {
  const problem = {
    type: problemType('method-not-allowed'),
    title: 'The method is not allowed here',
    status: 405,
    detail: `${method} is not allowed here, only ${allowed.join(', ')}.`,
  }
  return sendProblem(reply, problem, { allow: allowed.join(', ') })
}

interface Route {
  segments: string[]
  methods: string[]
}

// Fastify's router can be asked about a pattern but not about a path, so the patterns are kept.
function listRoutes(server: Pick<FastifyInstance, 'addHook'>): Route[] {
  const routes: Route[] = []
  server.addHook('onRoute', ({ url, method }) => {
    routes.push({ segments: url.split('/'), methods: [method].flat() })
  })
  return routes
}

function methodsAt(routes: Route[], path: string): string[] {
  const segments = path.split('/')
  const matching = routes.filter((route) => matches(route.segments, segments))
  return [...new Set(matching.flatMap((route) => route.methods))]
}

function matches(pattern: string[], segments: string[]): boolean {
  const open = pattern.at(-1) === '*'
  if (open ? segments.length < pattern.length : segments.length !== pattern.length) return false
  return pattern.every((part, index) => part === '*' || part.startsWith(':') || part === segments[index])
}

function named(contentType: string | undefined): string {
  return contentType === undefined ? 'none' : `\`${contentType.slice(0, 100)}\``
}
