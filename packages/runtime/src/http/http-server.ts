import { LogController, fastify } from 'fastify'
import { serializerCompiler } from 'fastify-type-provider-zod'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  FastifyServerOptions,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify'
import type { ApiKey } from './api-keys.ts'
import { guardAccess, type AllowedHosts } from './guard-access.ts'
import { boundConnections } from './bound-connections.ts'
import type { ConnectionLimits } from './bound-connections.ts'
import { drawRandomBytes } from '../draw-random-bytes.ts'
import { answerError, handleErrors, validatorCompiler } from './handle-errors.ts'
import type { Health } from '../health.ts'
import { createSparingLog, type SparingLog } from '../log-sparingly.ts'
import type { Logger } from '../logger.ts'
import { measureRequests } from './measure-requests.ts'
import type { Metrics } from '../metrics.ts'
import { readJsonBody } from './read-json-body.ts'
import { serveOpenapi, type OpenApiInfo } from './openapi/serve-openapi.ts'
import { serveOperations } from './serve-operations.ts'
import { childTraceparent } from '../trace-context.ts'

export type HttpServer = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>

declare module 'fastify' {
  interface FastifyRequest {
    /** W3C `traceparent` of this request: a child of the one it came with, else of a new trace. */
    readonly traceparent: string
  }
  interface FastifyInstance {
    /** For what happens to every request while something is away: a line a second for each reason. */
    readonly sparingLog: SparingLog
  }
}

export interface HttpServerOptions {
  service: string
  log: Logger
  metrics: Metrics
  health: Health
  /** Largest request body; 1 MiB when absent. A route may set its own `bodyLimit`. */
  bodyLimitBytes?: number
  /** Of the connections, where they are not the usual ones. */
  limits?: Partial<ConnectionLimits>
  /** The keys the routes are guarded with by `requireScope`; the API description says so, and metrics ask for one. */
  apiKeys?: ApiKey[]
  /** Without it every host is answered, also without keys. */
  allowedHosts?: AllowedHosts
  /** With it the server describes its API at `/openapi.json` and `/docs`. */
  openapi?: OpenApiInfo
}

/**
 * A Fastify server that validates by zod, answers every error with RFC 9457 problem details, serves `/healthz`,
 * `/readyz` and `/metrics`, and logs with the trace id of each request. Not listening yet; `close()` answers the
 * requests that have come whole, and waits neither for idle connections nor for slow clients.
 */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const connections = boundConnections(options)
  const server = fastify({
    ...connections.options,
    loggerInstance: options.log as FastifyBaseLogger,
    logController: new QuietLog(),
    // The id of a request is its traceparent: made once, before the request's logger, and unique.
    genReqId: (raw) => childTraceparent(single(raw.headers['traceparent']), drawRandomBytes),
    childLoggerFactory: (log, { reqId }, loggerOptions) =>
      // Sliced, not parsed: this runs for each request, and the id is our own.
      log.child({ trace_id: reqId.slice(3, 35), request_id: reqId.slice(36, 52) }, loggerOptions),
    bodyLimit: options.bodyLimitBytes ?? 1_048_576,
    // A request that comes on an open connection during close() is answered, and its connection closed after it.
    return503OnClosing: false,
    // Ids have up to 200 characters, each up to 12 bytes when percent-encoded.
    routerOptions: { maxParamLength: 4096 },
    frameworkErrors: answerError,
    schemaController: { compilersFactory: ZOD_ONLY },
  }).withTypeProvider<ZodTypeProvider>()
  readJsonBody(server)
  server.decorate('sparingLog', createSparingLog(options))
  server.decorateRequest('apiKey', null)
  server.decorateRequest('traceparent', {
    getter(this: FastifyRequest) {
      return this.id
    },
  })
  handleErrors(server)
  if (options.allowedHosts !== undefined)
    guardAccess(server, { apiKeys: options.apiKeys ?? [], hosts: options.allowedHosts })
  connections.watch(server.server)
  server.addHook('preClose', async () => connections.close())
  measureRequests(server, options.metrics)
  if (options.openapi !== undefined) serveOpenapi(server, options.openapi, options.apiKeys ?? [])
  serveOperations(server, { ...options, apiKeys: options.apiKeys ?? [] })
  return server
}

// Given here instead of by setValidatorCompiler(), they keep Fastify from loading Ajv and fast-json-stringify (5 MB, 80
// ms), whose types the option is written in.
const ZOD_ONLY = {
  buildValidator: () => validatorCompiler,
  buildSerializer: () => serializerCompiler,
} as unknown as NonNullable<NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']>

/**
 * Requests are counted by metrics; a line for each would cost more than the request. Errors are logged where they are
 * handled.
 */
class QuietLog extends LogController {
  override incomingRequest(): void {}

  override requestCompleted(error: Error | null | undefined, request: FastifyRequest, reply: FastifyReply): void {
    const { method, url } = request
    if (error) request.log.error({ err: error, method, url }, 'response failed')
    else
      request.log.debug({ method, url, status: reply.statusCode, duration_ms: reply.elapsedTime }, 'request completed')
  }
}

function single(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined
}
