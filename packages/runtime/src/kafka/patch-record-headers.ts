import { createRequire } from 'node:module'
import type { KafkaMessage, Message } from 'kafkajs'
import type { OutgoingHeader } from './records.ts'
import { writeHeaders } from './wire-headers.ts'

/**
 * kafkajs reads a record's headers into a plain object and writes them from one. A header named `__proto__` becomes the
 * object's prototype and crashed the process that read it, repetitions lose their place among the others, a null value
 * cannot be written, and each header copies all before it: 10,000 of them (69 KB) held the event loop for over a
 * minute. Here consumed headers stay the bytes that they are on the wire, and what is published may be a list.
 */
export function patchRecordHeaders(): void {
  const writer = loaded('kafkajs/src/protocol/recordBatch/record/v0/index.js')
  if (PATCHED in writer.exports) return
  expectSource(writer, 'Object.keys(headers).flatMap(')
  expectSource(
    loaded('kafkajs/src/protocol/recordBatch/record/v0/decoder.js'),
    'decoder.readVarIntArray(HeaderDecoder).reduce(',
  )
  // It keeps the function that it finds when it is loaded, which is when the first record is produced.
  if (require.resolve(WRITES_RECORDS) in require.cache)
    throw new Error('kafkajs has produced records before it was patched')

  // Nothing else reads an array like this one, and it is the last of a record: it is all the bytes that are left.
  const { prototype } = require('kafkajs/src/protocol/decoder.js') as { prototype: Decoder }
  prototype.readVarIntArray = function () {
    return { reduce: () => this.readAll() }
  }
  const write = writer.exports as WriteRecord
  const writeWithList: WriteRecord = (record) => (Array.isArray(record.headers) ? writeRecord(record) : write(record))
  writer.exports = Object.assign(writeWithList, { [PATCHED]: true })
}

/** The headers of a consumed message as they are on the wire. */
export function headerSection({ headers }: KafkaMessage): Buffer {
  const section: unknown = headers
  if (section === undefined) return NONE // messages from before Kafka 0.11 have none
  if (!Buffer.isBuffer(section))
    throw new Error('kafkajs delivered a message whose headers the patch did not leave alone')
  return section
}

/** A list of headers in the place where kafkajs' types have an object. */
export const asKafkaJsHeaders = (headers: readonly OutgoingHeader[]) =>
  headers as unknown as NonNullable<Message['headers']>

const require = createRequire(import.meta.url)
const WRITES_RECORDS = 'kafkajs/src/protocol/requests/produce/v3/request.js'
const PATCHED = Symbol.for('insights.record-headers')
const NONE = Buffer.alloc(0)

interface Decoder {
  readAll(): Buffer
  readVarIntArray(): { reduce(): Buffer }
}
interface Encoder {
  writeVarInt(value: number): Encoder
  writeInt8(value: number): Encoder
  writeVarLong(value: number): Encoder
  writeVarIntBytes(value: Buffer | string | null | undefined): Encoder
  writeBuffer(value: Buffer): Encoder
}
interface EncoderClass {
  new (size: number): Encoder
  sizeOfVarInt(value: number): number
  sizeOfVarLong(value: number): number
  sizeOfVarIntBytes(value: Buffer | string | null | undefined): number
}
interface Written {
  key?: Buffer | string | null
  value?: Buffer | null
  headers?: unknown
  offsetDelta?: number
  timestampDelta?: number
}
type WriteRecord = (record: Written) => Encoder

function writeRecord({ headers, key, value, offsetDelta = 0, timestampDelta = 0 }: Written): Encoder {
  const Encoder = require('kafkajs/src/protocol/encoder.js') as EncoderClass
  const section = writeHeaders(headers as OutgoingHeader[])
  const size =
    1 +
    Encoder.sizeOfVarLong(timestampDelta) +
    Encoder.sizeOfVarInt(offsetDelta) +
    Encoder.sizeOfVarIntBytes(key) +
    Encoder.sizeOfVarIntBytes(value) +
    section.length
  return new Encoder(size)
    .writeVarInt(size)
    .writeInt8(0)
    .writeVarLong(timestampDelta)
    .writeVarInt(offsetDelta)
    .writeVarIntBytes(key)
    .writeVarIntBytes(value)
    .writeBuffer(section)
}

function loaded(path: string): { exports: object } {
  require(path)
  const module = require.cache[require.resolve(path)]
  if (module === undefined) throw new Error(`${path} is not in the cache of modules`)
  return module as { exports: object }
}

function expectSource({ exports }: { exports: object }, source: string): void {
  if (!String(exports).includes(source))
    throw new Error(`kafkajs is not the version that patch-record-headers.ts was written for: no ${source}`)
}
