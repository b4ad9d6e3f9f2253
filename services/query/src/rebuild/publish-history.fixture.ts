import type { Publisher } from '@insights/runtime/kafka/publisher'
import type { OutgoingHeader, OutgoingRecord } from '@insights/runtime/kafka/records'
import type { Codec } from '@insights/schemas/codec'
import { FIRST_ORIGIN, firstOriginHeader, firstOriginOf } from '@insights/schemas/events/first-origin'
import { failureId } from '@insights/schemas/events/ids'
import type { Origin } from '@insights/schemas/events/origin'
import { topicName } from '@insights/schemas/topics'
import fc from 'fast-check'
import { anyHappenings, toRecords } from '../projector/merge/history.fixture.ts'
import { erasedThroughHeader } from '@insights/schemas/events/erased-through'
import type { Reading } from '../projector/read/reading.ts'

/**
 * Publishes what happens to three conversations, as `history.fixture.ts` draws it, to the real topics; `seed` tells
 * histories, their conversations and their submissions apart. Submissions and erasures keep the times of the fixture.
 */
export async function publishHistory(
  seed: number,
  { publisher, codec, prefix }: { publisher: Publisher; codec: Codec; prefix: string },
): Promise<void> {
  const [happenings = []] = fc.sample(anyHappenings, { seed, numRuns: 1 })
  const readings = toRecords(happenings.map(({ id, kind, which, draw }) => ({ id: 3 * seed + id, kind, which, draw })))
  const own = (origin: Origin): Origin => ({ ...origin, offset: 1_000 * seed + origin.offset })
  const result = await publisher.publish(
    readings.map((reading) => {
      const { value, headers } = toOutgoing(reading, own, codec)
      return { topic: topicName(reading.topic, prefix), key: reading.record.key, value, headers }
    }),
  )
  if (!result.ok) throw new Error(result.detail)
}

function toOutgoing(
  { topic, record, decoded }: Reading,
  own: (origin: Origin) => Origin,
  codec: Codec,
): Pick<OutgoingRecord, 'value' | 'headers'> {
  if (decoded.kind !== 'ok') return { value: null, headers: [erasedThroughHeader(record.appendedAt)] }
  const headers: OutgoingHeader[] = record.headers.filter(({ name }) => name !== FIRST_ORIGIN)
  const { value } = decoded
  if (topic === 'conversationsReceived') {
    const first = firstOriginOf(record)
    if (first.kind === 'invalid') throw new Error('the fixture makes valid origins')
    headers.push(firstOriginHeader(own(first.origin)))
  }
  if ('items' in value) {
    const items = value.items.map((item) => ({ ...item, origin: own(item.origin) }))
    return { value: codec.encode('analysisStarted', { ...value, items }), headers }
  }
  if (!('origin' in value)) return { value: codec.encode('conversationsReceived', value), headers }
  const origin = own(value.origin)
  if ('insight_id' in value) return { value: codec.encode('insightsProduced', { ...value, origin }), headers }
  const failure_id = failureId(origin, value.class)
  return { value: codec.encode('analysisFailed', { ...value, origin, failure_id }), headers }
}
