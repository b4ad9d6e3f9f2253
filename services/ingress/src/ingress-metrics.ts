import type { Metrics } from '@insights/runtime/metrics'
import { Counter, Gauge } from 'prom-client'

export interface IngressMetrics {
  /** `source` as in the event: `http`. */
  countAccepted(source: string): void
  /** Counts an HTTP status from 400 on under its reason; others not at all. */
  countRejected(status: number): void
}

/** `queued` says what waits for the broker's acknowledgement, in flight included. */
export function createIngressMetrics(
  { registry }: Metrics,
  queued: () => { records: number; bytes: number },
): IngressMetrics {
  const registers = [registry]
  const accepted = new Counter({
    name: 'insights_conversations_accepted_total',
    help: 'Conversations acknowledged by Kafka and answered as accepted.',
    labelNames: ['source'],
    registers,
  })
  const rejected = new Counter({
    name: 'insights_conversations_rejected_total',
    help: 'Conversations not accepted, by reason.',
    labelNames: ['reason'],
    registers,
  })
  registry.registerMetric(
    gauge(
      'insights_produce_queue_records',
      'Records waiting for the acknowledgement of Kafka.',
      () => queued().records,
    ),
  )
  registry.registerMetric(
    gauge('insights_produce_queue_bytes', 'Bytes waiting for the acknowledgement of Kafka.', () => queued().bytes),
  )
  // A rate over a series that appears with its first event misses that event, so each begins at 0.
  accepted.inc({ source: 'http' }, 0)
  for (const reason of [...Object.values(REASONS), OTHER]) rejected.inc({ reason }, 0)

  return {
    countAccepted: (source) => accepted.inc({ source }),
    countRejected: (status) => {
      if (status >= 400) rejected.inc({ reason: REASONS[status] ?? OTHER })
    },
  }
}

function gauge(name: string, help: string, value: () => number): Gauge {
  return new Gauge({
    name,
    help,
    registers: [],
    collect() {
      this.set(value())
    },
  })
}

const OTHER = 'error'
const REASONS: Record<number, string> = {
  400: 'malformed',
  401: 'unauthorized',
  403: 'forbidden',
  413: 'too_large',
  415: 'unsupported_media_type',
  422: 'invalid',
  429: 'limited',
  503: 'unavailable',
}
