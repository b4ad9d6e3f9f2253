import { createSink, type Sink, type SinkOptions } from '@insights/pipeline/sink/create-sink'
import { createPartitionOfKey } from '@insights/runtime/kafka/partition-of-key'
import type { Metrics } from '@insights/runtime/metrics'
import { topicName, topics } from '@insights/schemas/topics'
import type { Pool } from 'pg'
import { postgresAway } from '../database/postgres-away.ts'
import { oldestKept } from './oldest-kept.ts'
import { observeProjection } from './observe-projection.ts'
import type { Reading } from './read/reading.ts'
import { PROJECTED, toEvents, type Told } from './read/to-events.ts'
import { refuseRow } from './refuse-row.ts'
import { toAgainRecords } from './to-again-records.ts'
import { OtherFacetKeys } from './write/check-facet-keys.ts'
import { writeProjection, type Written } from './write/write-projection.ts'

type Projected = (typeof PROJECTED)[number]

/** From the topics into the tables of `pool`. */
export function createProjectionSink({
  pool,
  metrics,
  facetKeys,
  storeMessages,
  retentionDays,
  ...options
}: Omit<SinkOptions<Projected, Told, Written>, 'name' | 'topics' | 'store'> & {
  pool: Pool
  metrics: Metrics
  /** FACET_KEYS */
  facetKeys: readonly string[]
  /** STORE_MESSAGES */
  storeMessages: boolean
  /** RETENTION_DAYS; null: everything is kept. */
  retentionDays: number | null
}): Sink {
  const read = { facetKeys, receivedTopic: topicName('conversationsReceived', options.prefix) }
  const write = { shardOf: createPartitionOfKey(topics.insightsProduced.partitions), storeMessages, facetKeys }
  const record = { encode: options.codec.encode, prefix: options.prefix, randomBytes: options.randomBytes }
  return createSink({
    ...options,
    name: 'projector',
    topics: PROJECTED,
    store: {
      plan: (readings, refused) =>
        toEvents(readings, refused, { ...read, oldest: oldestKept(retentionDays, timeOf(readings, options.now())) }),
      write: (told) => writeProjection(pool, told, write),
      publishes: ({ again }) => toAgainRecords(again, record),
      awayReason: (error) => {
        if (error instanceof OtherFacetKeys) return error.message
        const reason = postgresAway(error)
        return reason === null ? null : `Postgres: ${reason}`
      },
      refuse: (error, reading) => refuseRow(pool, error, reading),
      observe: observeProjection(metrics),
    },
  })
}

/** Not later than the broker's clock says: by a clock of this machine that is ahead, everything would be too old. */
function timeOf(readings: readonly Reading[], now: number): number {
  const newest = readings.reduce((at, { record }) => Math.max(at, record.appendedAt), -Infinity)
  return readings.length === 0 ? now : Math.min(now, newest)
}
