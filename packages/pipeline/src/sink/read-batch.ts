import type { RecordBatch } from '@insights/runtime/kafka/consume/consumer'
import type { ConsumedRecord } from '@insights/runtime/kafka/records'
import type { Codec, Decoded } from '@insights/schemas/codec'
import type { EventOf, TopicId } from '@insights/schemas/topics'
import { readRecord } from '../read-record.ts'
import type { Attempt, Retries } from './retry-while-away.ts'

/** A record of a topic and what the codec made of it; a null value has nothing to decode. */
export type Reading<K extends TopicId> = K extends TopicId
  ? {
      topic: K
      record: ConsumedRecord
      decoded: Exclude<Decoded<EventOf<K>>, { kind: 'registry_away' | 'schema_unavailable' }> | { kind: 'tombstone' }
    }
  : never

/** In parts, because looking up an unknown schema takes a moment, and a small batch may hold tens of thousands. */
const RECORDS_AT_ONCE = 500

/** Decodes the records, waiting while the registry is away. Null when the batch was given up meanwhile. */
export async function readBatch<K extends TopicId>(
  topic: K,
  batch: RecordBatch,
  { codec, retries }: { codec: Pick<Codec, 'decode' | 'prefetch'>; retries: Retries },
): Promise<Reading<K>[] | null> {
  const { records } = batch
  const values = records.map(({ value }) => value)
  codec.prefetch(topic, values)
  const readings: Reading<K>[] = []
  for (let from = 0; from < records.length; from += RECORDS_AT_ONCE) {
    const part = records.slice(from, from + RECORDS_AT_ONCE)
    const read = await retries.whileAway(batch, () => readRecords(topic, part, codec))
    if (read === null) return null
    readings.push(...read)
  }
  return readings
}

/** Decodes the records, or says what is away, the registry or a schema. */
export async function readRecords<K extends TopicId>(
  topic: K,
  records: ConsumedRecord[],
  codec: Pick<Codec, 'decode'>,
): Promise<Attempt<Reading<K>[]>> {
  const readings: Reading<K>[] = []
  for (const record of records) {
    const decoded =
      record.value === null && record.fault === undefined
        ? { kind: 'tombstone' as const } // it erases, whatever its headers are
        : await readRecord(topic, record, codec)
    if (decoded.kind === 'registry_away') return { ok: false, reason: `schema registry: ${decoded.detail}` }
    if (decoded.kind === 'schema_unavailable') {
      const { partition, offset } = record
      const { schemaId, detail } = decoded
      return { ok: false, reason: `partition ${partition}, offset ${offset}: schema ${schemaId}: ${detail}` }
    }
    readings.push({ topic, record, decoded } as Reading<K>)
  }
  return { ok: true, value: readings }
}
