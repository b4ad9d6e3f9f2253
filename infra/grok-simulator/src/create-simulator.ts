import { createHealth } from '@insights/runtime/health'
import { createHttpServer, type HttpServer } from '@insights/runtime/http/http-server'
import type { Logger } from '@insights/runtime/logger'
import { createMetrics } from '@insights/runtime/metrics'
import { registerMetrics } from './stats/register-metrics.ts'
import { serveControls } from './serve-controls.ts'
import type { GrokOptions } from './serve-completions.ts'
import { serveGrok } from './serve-grok.ts'
import { createState, type InitialSettings } from './simulator-state.ts'

const maxBodyBytes = 8 * 1024 * 1024

/** Puts the simulator together, not yet listening. */
export function createSimulator(
  options: Omit<GrokOptions, 'state'> & { log: Logger; seed: number; settings: InitialSettings },
): HttpServer {
  const state = createState(options.settings, options.seed, options)
  const metrics = createMetrics({ service: 'grok-simulator', version: '0.1.0' })
  registerMetrics(metrics, state)
  const server = createHttpServer({
    service: 'grok-simulator',
    log: options.log,
    metrics,
    health: createHealth(),
    bodyLimitBytes: maxBodyBytes,
  })
  serveGrok(server, { ...options, state })
  serveControls(server, state)
  return server
}
