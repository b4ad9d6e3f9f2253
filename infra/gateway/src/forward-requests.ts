import { METHODS, type IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import httpProxy from '@fastify/http-proxy'
import { problemType, sendProblem } from '@insights/runtime/http/problem'
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify'
import { createDispatcher, hidePath, refuseDots } from './keep-paths.ts'

/** The methods that services have operations of. */
const USUAL: readonly HTTPMethods[] = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT']
/** The others (TRACE, QUERY, …) are forwarded too, without a body: only the service knows what it takes there. */
const UNUSUAL = METHODS.filter((method) => method !== 'CONNECT' && !USUAL.includes(method))

/** Has the gateway know every method; before the first `forwardRequests`. */
export function knowMethods(gateway: FastifyInstance): void {
  for (const method of UNUSUAL) gateway.addHttpMethod(method, { hasBody: false, overrideExisting: true })
}

/**
 * Forwards the routes below `prefix` to the upstream, under the same path, whatever their bodies. An
 * upstream that cannot be reached is a 503 (nothing was sent); one that breaks off before it answers is a 502 (the
 * request may have been carried out); one that breaks off within its answer breaks the answer off, so that no client
 * takes half a stream for a whole one.
 */
export function forwardRequests(
  gateway: FastifyInstance,
  o: { upstream: string; prefix: string; routes: string[]; methods?: HTTPMethods[] },
): void {
  const eventStreams = new Set<FastifyReply>()
  gateway.addHook('preClose', (done) => {
    // They never end by themselves, and the client connects again with Last-Event-ID.
    for (const { raw } of eventStreams) raw.end()
    done()
  })

  gateway.register(httpProxy, {
    upstream: o.upstream,
    preRewrite: (url, _params, prefix) => hidePath(url, prefix ?? ''),
    undici: createDispatcher({
      // A stream occupies its connection for as long as a client listens: a bound on connections would bound listeners.
      connections: null,
      pipelining: 1,
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: { timeout: 3_000 },
    }),
    destroyAgent: true,
    prefix: o.prefix,
    rewritePrefix: o.prefix,
    routes: o.routes,
    httpMethods: o.methods ?? [...USUAL, ...UNUSUAL],
    preHandler: refuseDots,
    disableRequestLogging: true,
    // Keyed by path, and paths hold ids: it would only ever miss.
    disableCache: true,
    replyOptions: {
      // Retrying is the client's, who knows what it wants; the library would repeat every GET that is answered 503.
      retryDelay: () => null,
      rewriteRequestHeaders: toUpstreamHeaders,
      rewriteHeaders: withoutHopByHop,
      onResponse: (_request, reply, response) => {
        const answer = reply as FastifyReply
        if (isEventStream(answer)) {
          eventStreams.add(answer)
          answer.raw.once('close', () => eventStreams.delete(answer))
        }
        answer.send((response as unknown as { stream: Readable }).stream)
        // Fastify would send the head with the first chunk, which of an event stream may be minutes away.
        if (!answer.hasHeader('content-length')) answer.raw.flushHeaders()
      },
      onError: (reply, { error }) => void sendUpstreamProblem(reply as FastifyReply, error),
    },
  })
}

const isEventStream = (reply: FastifyReply): boolean =>
  String(reply.getHeader('content-type')).startsWith('text/event-stream')

/** RFC 9110, section 7.6.1, and `Expect`, which was answered already. What `Connection` names is gone before. */
const HOP_BY_HOP = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

function withoutHopByHop<H extends IncomingHttpHeaders>(headers: H): H {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name))) as H
}

const WITH_BODY: ReadonlySet<string> = new Set(USUAL.filter((method) => method !== 'GET' && method !== 'HEAD'))

function toUpstreamHeaders(
  request: Pick<FastifyRequest, 'headers' | 'host' | 'ip' | 'method' | 'protocol'>,
  headers: IncomingHttpHeaders,
): IncomingHttpHeaders {
  const { 'x-forwarded-for': hops, 'x-forwarded-host': host, 'x-forwarded-proto': protocol } = request.headers
  // A body that is not forwarded must not be announced.
  const { 'content-length': length, ...others } = withoutHopByHop(headers)
  return {
    ...others,
    ...(length !== undefined && WITH_BODY.has(request.method) && { 'content-length': length }),
    'x-forwarded-for': hops === undefined ? request.ip : `${String(hops)}, ${request.ip}`,
    'x-forwarded-host': host ?? request.host,
    'x-forwarded-proto': protocol ?? request.protocol,
  }
}

/** Errors of a connection that never came about, so the upstream has seen nothing of the request. */
const NOT_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])

function sendUpstreamProblem(reply: FastifyReply, error: Error): FastifyReply {
  const cause = error.cause as (Error & { code?: string }) | undefined
  const problem = NOT_CONNECTED.has(cause?.code ?? '')
    ? {
        type: problemType('upstream-unavailable'),
        title: 'The service cannot be reached',
        status: 503,
        detail: 'The service behind the gateway is not running or restarting. Nothing was sent to it; try again.',
      }
    : {
        type: problemType('upstream-broke-off'),
        title: 'The service broke off',
        status: 502,
        detail: 'The service behind the gateway broke off before it answered. The request may have been carried out.',
      }
  return sendProblem(reply, problem, { 'retry-after': 1 })
}
