import type { Metrics } from '@insights/runtime/metrics'
import { Counter, Gauge } from 'prom-client'

export type StreamMetrics = ReturnType<typeof createStreamMetrics>

/** The metrics of event streams (design, section 10). */
export function createStreamMetrics({ registry }: Metrics) {
  const registers = [registry]
  const events = new Counter({
    name: 'insights_stream_events_total',
    help: 'Insights sent to clients of the event stream, each client counted.',
    registers,
  })
  const dropped = new Counter({
    name: 'insights_stream_clients_dropped_total',
    help: 'Event streams that the service broke off: the client did not take what it was sent (slow), or it could not be read (fault).',
    labelNames: ['reason'],
    registers,
  })
  return {
    sent: (count: number) => events.inc(count),
    dropped: (reason: 'slow' | 'fault') => dropped.inc({ reason }),
    countClients: (count: () => number) =>
      void new Gauge({
        name: 'insights_stream_clients',
        help: 'Event streams that are open.',
        registers,
        collect() {
          this.set(count())
        },
      }),
  }
}
