import type { z } from 'zod'
import { createHealth, type Health } from '../health.ts'
import type { Part } from '../lifecycle.ts'
import { createMetrics, type Metrics } from '../metrics.ts'
import type { serviceVariables } from '../config/shared-variables.ts'
import type { Service } from '../start-service.ts'
import { toAllowedHosts } from './guard-access.ts'
import { createHttpServer } from './http-server.ts'
import { listenAt } from './listen-at.ts'

/** Health and metrics of a process that serves nothing else, and the part that shows them over HTTP. */
export function showOperations(
  { name, version, log }: Pick<Service, 'name' | 'version' | 'log'>,
  { port, config }: { port: number; config: z.infer<z.ZodObject<typeof serviceVariables>> },
): { health: Health; metrics: Metrics; part: Part } {
  const health = createHealth()
  const metrics = createMetrics({ service: name, version })
  const allowedHosts = toAllowedHosts(config)
  const server = createHttpServer({ service: name, log, metrics, health, apiKeys: config.API_KEYS, allowedHosts })
  return { health, metrics, part: listenAt({ host: config.HOST, port }, server, `${name} operations`) }
}
