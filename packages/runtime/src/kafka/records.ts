import { readHeaders, writeHeaders } from './wire-headers.ts'

/** Names may come again, and any text is one: a list holds what an object could not, `__proto__` for instance. */
export interface RecordHeader {
  name: string
  value: Buffer | null
}

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
  /** In their order, with all repetitions; no more than the first 4,097. Many are read again at each access. */
  readonly headers: readonly RecordHeader[]
  /** Why the records of a compressed batch cannot be read: this one stands for all, in the place of the last. */
  fault?: string
}

export interface OutgoingHeader {
  name: string
  value: Buffer | string | null
}

/** One record to be published. */
export interface OutgoingRecord {
  topic: string
  key: Buffer | string | null
  value: Buffer | null
  headers: readonly OutgoingHeader[]
}

/** The value of the last header of this name: the one that counts where one is expected. Null when there is none. */
export function lastHeader<Value>(headers: readonly { name: string; value: Value }[], name: string): Value | null {
  return headers.findLast((header) => header.name === name)?.value ?? null
}

/** Names, values and 16 bytes a header for its lengths and its place: many empty ones are not free. */
export const headersBytes = (headers: readonly OutgoingHeader[]): number =>
  headers.reduce((bytes, { name, value }) => bytes + 16 + Buffer.byteLength(name) + sizeOf(value), 0)

/** What the broker counts against `max.message.bytes`, from above: payload plus framing of record and headers. */
export const recordBytes = ({ key, value, headers }: OutgoingRecord): number =>
  64 + sizeOf(key) + sizeOf(value) + headersBytes(headers)

type WithoutHeaders = Omit<ConsumedRecord, 'headers' | 'fault'>

/**
 * A consumed record from the bytes of its headers as they are on the wire. Many are read at each access only: as
 * objects they take up fifty times as much, and a fetch of some megabytes may hold a million.
 */
export function withHeaders(record: WithoutHeaders, section: Buffer): ConsumedRecord {
  const { topic, partition, offset, appendedAt, key, value } = record
  const isFew = (section[0] ?? 0) <= 2 * FEW // the count, as a varint
  if (isFew) return { topic, partition, offset, appendedAt, key, value, headers: readHeaders(section) }
  return {
    topic,
    partition,
    offset,
    appendedAt,
    key,
    value,
    get headers() {
      return readHeaders(section)
    },
  }
}

/**
 * The record with bytes of its own: those it came with are slices of all that its fetch brought, and keep that in
 * memory.
 */
export function detach(consumed: ConsumedRecord): ConsumedRecord {
  if (consumed.fault !== undefined) return consumed // it has none
  const { topic, partition, offset, appendedAt, headers, ...bytes } = consumed
  const key = copyOf(bytes.key)
  const value = copyOf(bytes.value)
  const record = { topic, partition, offset, appendedAt, key, value }
  if (headers.length > FEW) return withHeaders(record, writeHeaders(headers))
  return { ...record, headers: headers.map((header) => ({ name: header.name, value: copyOf(header.value) })) }
}

const FEW = 16
const copyOf = (bytes: Buffer | null): Buffer | null => (bytes === null ? null : Buffer.from(bytes))
const sizeOf = (value: Buffer | string | null): number => (value === null ? 0 : Buffer.byteLength(value))
