import type { Metrics } from '@insights/runtime/metrics'
import { Gauge } from 'prom-client'
import type { Stats } from './gather-stats.ts'
import type { SimulatorState } from '../simulator-state.ts'

/** The stats as Prometheus gauges, read at scrape time; gauges, because a reset sets them back. */
export function registerMetrics(metrics: Metrics, state: SimulatorState): void {
  const gauge = (name: string, help: string, read: (stats: Stats) => number) =>
    new Gauge({
      name: `insights_simulator_${name}`,
      help,
      registers: [metrics.registry],
      collect() {
        this.set(read(state.stats.snapshot()))
      },
    })
  gauge('calls', 'Calls to the simulated Grok since the last reset.', (stats) => stats.calls)
  gauge('answered_calls', 'Of these, calls that got an answer.', (stats) => stats.answered)
  gauge('items', 'Conversations in answered calls.', (stats) => stats.items)
  gauge('calls_in_flight', 'Calls being answered now.', (stats) => stats.in_flight)
  gauge('leaks', 'Calls that held private text.', (stats) => stats.leaks)
  gauge(
    'max_calls_in_sliding_second',
    'The largest number of requests in any sliding second: the outbound cap, measured at the receiver.',
    (stats) => stats.max_calls_in_sliding_second,
  )
}
