import type { KafkaMessage } from 'kafkajs'
import { batchFaultOf } from '../patch-record-batches.ts'
import { headerSection } from '../patch-record-headers.ts'
import { withHeaders, type ConsumedRecord } from '../records.ts'

/** kafkajs' message in our words. Offsets beyond 2^53 would lose digits silently, so they are refused. */
export function toConsumedRecord(topic: string, partition: number, message: KafkaMessage): ConsumedRecord {
  const offset = Number(message.offset)
  if (!Number.isSafeInteger(offset))
    throw new Error(`offset ${message.offset} of ${topic}/${partition} is not a safe integer`)
  const { key, value } = message
  const record = { topic, partition, offset, appendedAt: Number(message.timestamp), key, value }
  const fault = batchFaultOf(message)
  return fault === undefined ? withHeaders(record, headerSection(message)) : { ...record, headers: [], fault }
}
