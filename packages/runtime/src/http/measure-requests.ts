import { Histogram, exponentialBuckets } from 'prom-client'
import type { HttpServer } from './http-server.ts'
import type { Metrics } from '../metrics.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** False: the route's requests are not measured (probes and scrapes would drown the rest). */
    measured?: boolean
  }
}

/** Rate, errors and duration by route pattern (never by path: ids are no labels), from request head to answer's end. */
export function measureRequests(server: HttpServer, metrics: Metrics): void {
  const seconds = new Histogram({
    name: 'insights_http_request_seconds',
    help: 'Duration of HTTP requests in seconds.',
    labelNames: ['method', 'route', 'status'],
    buckets: exponentialBuckets(0.001, 2, 14),
    registers: [metrics.registry],
  })
  server.addHook('onResponse', (request, reply, done) => {
    const { url: route = 'none', config } = request.routeOptions
    if (config.measured !== false) {
      seconds.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000)
    }
    done()
  })
}
