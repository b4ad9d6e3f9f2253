import { refuseUnknown, showsKey, type ApiKey } from './api-keys.ts'
import { isAskedAs, type AllowedHosts } from './guard-access.ts'
import type { Health } from '../health.ts'
import type { HttpServer } from './http-server.ts'
import type { Metrics } from '../metrics.ts'

/**
 * `/healthz`, `/readyz` and `/metrics`, outside the API's description. Where there are keys, metrics and the reasons in
 * `/readyz` ask for one, of any scope: they tell of addresses, models and costs. Probes have none and get the status,
 * and so does what asks an open service under another name than its own.
 */
export function serveOperations(
  server: HttpServer,
  options: {
    service: string
    health: Health
    metrics: Metrics
    apiKeys: ApiKey[]
    allowedHosts?: AllowedHosts | undefined
  },
): void {
  const { service, health, apiKeys, allowedHosts } = options
  const { registry } = options.metrics
  const route = { schema: { hide: true }, config: { measured: false } }

  server.get('/healthz', route, async (_request, reply) => {
    const { ok, checks } = health.isLive()
    return ok ? { status: 'ok' } : reply.code(503).send({ status: 'failing', checks })
  })

  server.get('/readyz', route, async (request, reply) => {
    const { ok, checks } = await health.isReady()
    const knows =
      apiKeys.length > 0 ? showsKey(apiKeys, request) : allowedHosts === undefined || isAskedAs(allowedHosts, request)
    const told = knows ? { checks } : {}
    return reply.code(ok ? 200 : 503).send({ status: ok ? 'ok' : 'not_ready', service, ...told })
  })

  server.get('/metrics', route, async (request, reply) =>
    showsKey(apiKeys, request)
      ? reply.type(registry.contentType).send(await registry.metrics())
      : refuseUnknown(reply, request.headers.authorization !== undefined),
  )
}
