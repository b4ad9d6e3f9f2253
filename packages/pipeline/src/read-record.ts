import type { ConsumedRecord } from '@insights/runtime/kafka/records'
import { undecodable } from '@insights/schemas/avro/read-payload'
import type { Codec, Decoded } from '@insights/schemas/codec'
import { headersTooLarge } from '@insights/schemas/events/limit-headers'
import { recordTooLarge } from '@insights/schemas/events/limit-record'
import type { EventOf, TopicId } from '@insights/schemas/topics'

/** What a record of a topic says, or why it is not taken; what is too large is not decoded. */
export async function readRecord<K extends TopicId>(
  topic: K,
  record: ConsumedRecord,
  codec: Pick<Codec, 'decode'>,
): Promise<Decoded<EventOf<K>>> {
  const { value, headers, fault } = record
  if (fault !== undefined) return undecodable('The batch cannot be decompressed', fault)
  return headersTooLarge(headers) ?? recordTooLarge(topic, record) ?? codec.decode(topic, value)
}
