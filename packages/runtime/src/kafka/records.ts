/** One record as a consumer sees it. */
export interface ConsumedRecord {
  topic: string
  partition: number
  /** Position in the partition. A number is exact up to 2^53, which no partition reaches. */
  offset: number
  /** Broker's append time in epoch milliseconds (the topics use `message.timestamp.type=LogAppendTime`). */
  appendedAt: number
  key: Buffer | null
  value: Buffer | null
  /** The last value of each header name, as Kafka's own `lastHeader` has it; a null header value is an empty buffer. */
  headers: Record<string, Buffer>
}

/** One record to be published. */
export interface OutgoingRecord {
  topic: string
  key: Buffer | string | null
  value: Buffer | null
  headers: Record<string, Buffer | string>
}

/** What the broker counts against `max.message.bytes`, estimated from above: payload plus framing of record and headers. */
export function recordBytes(record: OutgoingRecord): number {
  let bytes = 64 + sizeOf(record.key) + (record.value?.length ?? 0)
  for (const [name, value] of Object.entries(record.headers)) bytes += 12 + Buffer.byteLength(name) + sizeOf(value)
  return bytes
}

const sizeOf = (value: Buffer | string | null): number =>
  value === null ? 0 : typeof value === 'string' ? Buffer.byteLength(value) : value.length
