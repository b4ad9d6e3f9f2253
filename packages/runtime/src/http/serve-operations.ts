import { refuseUnknown, showsKey, type ApiKey } from './api-keys.ts'
import type { Health } from '../health.ts'
import type { HttpServer } from './http-server.ts'
import type { Metrics } from '../metrics.ts'

/**
 * `/healthz`, `/readyz` and `/metrics`, outside the API's description. Where there are keys, metrics and the reasons in
 * `/readyz` ask for one, of any scope: they tell of addresses, models and costs. Probes have none and get the status.
 */
export function serveOperations(
  server: HttpServer,
  options: { service: string; health: Health; metrics: Metrics; apiKeys: ApiKey[] },
): void {
  const { service, health, apiKeys } = options
  const { registry } = options.metrics
  const route = { schema: { hide: true }, config: { measured: false } }

  server.get('/healthz', route, async (_request, reply) => {
    const { ok, checks } = health.isLive()
    return ok ? { status: 'ok' } : reply.code(503).send({ status: 'failing', checks })
  })

  server.get('/readyz', route, async (request, reply) => {
    const { ok, checks } = await health.isReady()
    const told = showsKey(apiKeys, request) ? { checks } : {}
    return reply.code(ok ? 200 : 503).send({ status: ok ? 'ok' : 'not_ready', service, ...told })
  })

  server.get('/metrics', route, async (request, reply) =>
    showsKey(apiKeys, request)
      ? reply.type(registry.contentType).send(await registry.metrics())
      : refuseUnknown(reply, request.headers.authorization !== undefined),
  )
}
