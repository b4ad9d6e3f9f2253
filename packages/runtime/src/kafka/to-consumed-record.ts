import type { KafkaMessage } from 'kafkajs'
import type { ConsumedRecord } from './records.ts'

/** kafkajs' message in our words. Offsets beyond 2^53 would lose digits silently, so they are refused. */
export function toConsumedRecord(topic: string, partition: number, message: KafkaMessage): ConsumedRecord {
  const offset = Number(message.offset)
  if (!Number.isSafeInteger(offset))
    throw new Error(`offset ${message.offset} of ${topic}/${partition} is not a safe integer`)
  const headers: Record<string, Buffer> = {}
  for (const [name, given] of Object.entries(message.headers ?? {})) {
    const value = Array.isArray(given) ? given.at(-1) : given
    headers[name] = value === undefined || value === null ? Buffer.alloc(0) : Buffer.from(value)
  }
  return {
    topic,
    partition,
    offset,
    appendedAt: Number(message.timestamp),
    key: message.key,
    value: message.value,
    headers,
  }
}
