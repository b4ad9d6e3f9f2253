import { createSink, type Sink, type SinkOptions } from '@insights/pipeline/sink/create-sink'
import type { Metrics } from '@insights/runtime/metrics'
import type { Pool } from 'pg'
import { postgresAway } from '../postgres-away.ts'
import { observeProjection } from './observe-projection.ts'
import { projectInsights, type Projection } from './project-insights.ts'
import { refuseRow } from './refuse-row.ts'
import { writeProjection } from './write-projection.ts'

/** From `insights.produced` into the tables of `pool`. */
export function createProjectionSink({
  pool,
  metrics,
  ...options
}: Omit<SinkOptions<'insightsProduced', Projection, number[]>, 'name' | 'topic' | 'store'> & {
  pool: Pool
  metrics: Metrics
}): Sink {
  return createSink({
    ...options,
    name: 'projector',
    topic: 'insightsProduced',
    store: {
      plan: projectInsights,
      write: (projection, partition) => writeProjection(pool, partition, projection),
      awayReason: (error) => {
        const reason = postgresAway(error)
        return reason === null ? null : `Postgres: ${reason}`
      },
      refuse: (error, reading) => refuseRow(pool, error, reading),
      observe: observeProjection(metrics),
    },
  })
}
