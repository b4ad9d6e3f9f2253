import type { Health } from '../health.ts'
import type { HttpServer } from './http-server.ts'
import type { Metrics } from '../metrics.ts'

/** `/healthz`, `/readyz` and `/metrics`: for probes and Prometheus, without a key and outside the API's description. */
export function serveOperations(
  server: HttpServer,
  options: { service: string; health: Health; metrics: Metrics },
): void {
  const { service, health } = options
  const { registry } = options.metrics
  const route = { schema: { hide: true }, config: { measured: false } }

  server.get('/healthz', route, async (_request, reply) => {
    const { ok, checks } = health.isLive()
    return ok ? { status: 'ok' } : reply.code(503).send({ status: 'failing', checks })
  })

  server.get('/readyz', route, async (_request, reply) => {
    const { ok, checks } = await health.isReady()
    return reply.code(ok ? 200 : 503).send({ status: ok ? 'ok' : 'not_ready', service, checks })
  })

  server.get('/metrics', route, async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  )
}
