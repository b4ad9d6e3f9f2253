import type { Stored } from '@insights/pipeline/sink/consume-batch'
import type { Metrics } from '@insights/runtime/metrics'
import { Counter, Histogram } from 'prom-client'
import type { Written } from './write/write-projection.ts'

/** The projector's metrics (design, section 10): called as a batch begins, and what it returns once it is stored. */
export function observeProjection({ registry }: Metrics): () => (stored: Stored<Written>) => void {
  const registers = [registry]
  const metrics = {
    records: new Counter({
      name: 'insights_projected_records_total',
      help: 'Records whose effect is in Postgres (or in analysis.failed) and whose offset is committed; replays count again.',
      labelNames: ['topic'],
      registers,
    }),
    again: new Counter({
      name: 'insights_published_again_total',
      help: 'Records published so that the last record of a key in insights.produced says what the tables hold.',
      registers,
    }),
    batchSeconds: new Histogram({
      name: 'insights_projection_batch_seconds',
      help: 'From a fetched batch to its committed offset, waits for Kafka, registry and Postgres included.',
      buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30],
      registers,
    }),
    endToEndSeconds: new Histogram({
      name: 'insights_end_to_end_seconds',
      help: "From the broker's append of a conversation to its insight being visible in Postgres.",
      buckets: [0.1, 0.25, 0.5, 1, 2, 3, 5, 7.5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600],
      registers,
    }),
  }

  return () => {
    const stopTimer = metrics.batchSeconds.startTimer()
    return ({ topic, records, written: { submitted, again }, visibleAt }) => {
      metrics.records.inc({ topic }, records)
      metrics.again.inc(again.length)
      for (const submittedAt of submitted) metrics.endToEndSeconds.observe(Math.max(0, visibleAt - submittedAt) / 1000)
      stopTimer()
    }
  }
}
