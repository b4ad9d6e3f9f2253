import { createPartitionOfKey } from '@insights/runtime/kafka/partition-of-key'
import type { InsightProduced } from '@insights/schemas/events/insight-produced'
import type { Pool } from 'pg'
import type { Reading } from './read/reading.ts'
import { toEvents } from './read/to-events.ts'
import { writeProjection, type Written } from './write/write-projection.ts'

const read = { facetKeys: ['channel'], receivedTopic: 'conversations.received' }
const write = { shardOf: createPartitionOfKey(12), storeMessages: true }

interface PlaceOfRecord {
  offset: number
  /** Epoch ms. */
  appendedAt: number
}

/** A record of `insights.produced`, read: an insight, or the tombstone of an id. */
export function toReading(what: InsightProduced | string, { offset, appendedAt }: PlaceOfRecord): Reading {
  const id = typeof what === 'string' ? what : what.conversation_id
  const record = {
    topic: 'insights.produced',
    partition: 3,
    offset,
    appendedAt,
    key: Buffer.from(id),
    value: null,
    headers: [],
  }
  const decoded = typeof what === 'string' ? { kind: 'tombstone' as const } : { kind: 'ok' as const, value: what }
  return { topic: 'insightsProduced', record, decoded }
}

/** Stores records as the projector does, in one batch. */
export const storeReadings = (pool: Pool, readings: Reading[]): Promise<Written> =>
  writeProjection(pool, toEvents(readings, null, read), write)

/** Stores insights as the projector does; each is appended five seconds after its submission. */
export function storeInsights(pool: Pool, insights: readonly InsightProduced[]): Promise<Written> {
  return storeReadings(
    pool,
    insights.map((insight, place) =>
      toReading(insight, { offset: place, appendedAt: insight.origin.appended_at + 5_000 }),
    ),
  )
}
