import { createHealth, type Health } from '../health.ts'
import type { Part } from '../lifecycle.ts'
import { createMetrics, type Metrics } from '../metrics.ts'
import type { Service } from '../start-service.ts'
import { createHttpServer } from './http-server.ts'
import { listenAt } from './listen-at.ts'

/** Health and metrics of a process that serves nothing else, and the part that shows them over HTTP. */
export function showOperations(
  { name, version, log }: Pick<Service, 'name' | 'version' | 'log'>,
  at: { host: string; port: number },
): { health: Health; metrics: Metrics; part: Part } {
  const health = createHealth()
  const metrics = createMetrics({ service: name, version })
  const server = createHttpServer({ service: name, log, metrics, health })
  return { health, metrics, part: listenAt(at, server, `${name} operations`) }
}
