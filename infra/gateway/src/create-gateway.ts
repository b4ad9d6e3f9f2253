import { boundConnections, type ConnectionLimits } from '@insights/runtime/http/bound-connections'
import { guardAccess } from '@insights/runtime/http/guard-access'
import { answerError, refuseUnknown } from '@insights/runtime/http/handle-errors'
import type { Logger } from '@insights/runtime/logger'
import { LogController, fastify, type FastifyBaseLogger, type FastifyError, type FastifyInstance } from 'fastify'
import packageJson from '../package.json' with { type: 'json' }
import { forwardRequests, knowMethods } from './forward-requests.ts'
import { refusePath } from './keep-paths.ts'
import { serveDocs } from './serve-docs.ts'
import { serveOperations } from './serve-operations.ts'

/** Origins, without a path. */
export type Upstreams = Record<'ingress' | 'query', string>

/**
 * `/api/v1` of ingress and query on one address. Bodies pass through as they come, in both directions: nothing is
 * parsed, gathered, limited in size or in time here; those are the services' rules. Only a connection whose client
 * neither sends nor takes another byte for a minute is closed.
 */
export function createGateway({
  log,
  upstreams,
  access,
  limits,
}: {
  log: Logger
  upstreams: Upstreams
  /** Who may ask; without it everyone. */
  access?: Parameters<typeof guardAccess>[1]
  limits?: Partial<ConnectionLimits>
}): FastifyInstance {
  const connections = boundConnections({ log, limits: { requestMs: 0, ...limits } })
  const gateway = fastify({
    ...connections.options,
    loggerInstance: log as FastifyBaseLogger,
    // What comes on an open connection while closing is still forwarded, and its connection closed after it.
    return503OnClosing: false,
    // The services count and log the requests.
    logController: new LogController({ disableRequestLogging: true }),
    frameworkErrors: answerError,
    // An id in a path may be 200 characters, each up to 12 when percent-encoded.
    routerOptions: { maxParamLength: 4096 },
  })
  knowMethods(gateway)
  connections.watch(gateway.server)
  gateway.addHook('preClose', async () => connections.close())
  gateway.setErrorHandler((error: FastifyError, request, reply) => {
    // The proxy library's word for a path that it would not forward as it is.
    if (error.statusCode !== 400 || error.code !== undefined) return answerError(error, request, reply)
    return refusePath(reply)
  })
  refuseUnknown(gateway)
  if (access !== undefined) guardAccess(gateway, access)

  serveOperations(gateway, { upstreams, version: packageJson.version })
  forwardRequests(gateway, {
    upstream: upstreams.ingress,
    prefix: '/api/v1/conversations',
    routes: ['/'],
  })
  // `GET …/bulk` would ask for the conversation of that id.
  forwardRequests(gateway, {
    upstream: upstreams.ingress,
    prefix: '/api/v1/conversations',
    routes: ['/bulk'],
    methods: ['POST'],
  })
  forwardRequests(gateway, { upstream: upstreams.query, prefix: '/api/v1', routes: ['/*'] })
  serveDocs(gateway)
  return gateway
}
