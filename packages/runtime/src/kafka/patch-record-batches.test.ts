import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { patchKafkaJs } from './patch-kafkajs.ts'
import { batchFaultOf } from './patch-record-batches.ts'
import { toConsumedRecord } from './consume/to-consumed-record.ts'
import { detach } from './records.ts'

patchKafkaJs()
const require = createRequire(import.meta.url)
const LZ4 = 3
const ZSTD = 4

/** A batch of Kafka whose records are these bytes. */
function batch({
  attributes,
  count,
  bytes,
  from = 0,
}: {
  attributes: number
  count: number
  bytes: Buffer
  from?: number
}) {
  const head = Buffer.alloc(61)
  head.writeBigInt64BE(BigInt(from), 0)
  head.writeInt32BE(49 + bytes.length, 8)
  head.writeInt8(2, 16)
  head.writeInt16BE(attributes, 21)
  head.writeInt32BE(count - 1, 23)
  head.writeBigInt64BE(1_772_359_200_000n, 35)
  head.writeBigInt64BE(-1n, 43)
  head.writeInt32BE(count, 57)
  return Buffer.concat([head, bytes])
}

/** As kafkajs reads what a fetch brought of a partition. */
async function read(...batches: Buffer[]) {
  const Decoder = require('kafkajs/src/protocol/decoder.js') as new (buffer: Buffer) => object
  const decode = require('kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js') as (
    decoder: object,
  ) => Promise<Parameters<typeof toConsumedRecord>[2][]>
  const all = Buffer.concat(batches)
  const size = Buffer.alloc(4)
  size.writeInt32BE(all.length)
  return decode(new Decoder(Buffer.concat([size, all])))
}

/** A record without key, value and headers. */
const empty = (offsetDelta: number) => Buffer.from([12, 0, 0, 2 * offsetDelta, 1, 1, 0])

test('(I2) a batch that cannot be decompressed stands as one record in the place of its last, and the next is read', async () => {
  const damaged = batch({ attributes: ZSTD | 0x10, count: 3, bytes: Buffer.alloc(20, 0xff), from: 5 })
  const messages = await read(damaged, batch({ attributes: 0, count: 1, bytes: empty(0), from: 8 }))
  expect(messages.map(({ offset }) => offset)).toEqual(['7', '8'])
  const [first, second] = messages.map((message) => toConsumedRecord('t', 0, message))
  expect(first).toEqual({
    topic: 't',
    partition: 0,
    offset: 7,
    appendedAt: 1_772_359_200_000,
    key: null,
    value: null,
    headers: [],
    fault: expect.stringMatching(/^a batch of 3 records, offsets 5 to 7, zstd, 20 bytes: /) as string,
  })
  expect(first && detach(first)).toEqual(first)
  expect(second).not.toHaveProperty('fault')
  // A transaction that is aborted hides it as it hides records.
  expect(messages[0]).toHaveProperty('batchContext', { producerId: '-1', inTransaction: true })
})

test('(I8) far more records than bytes are not made objects of, and what is behind them is read', async () => {
  const many = batch({ attributes: LZ4, count: 2_000_000, bytes: Buffer.alloc(800) })
  const messages = await read(many, batch({ attributes: 0, count: 1, bytes: empty(0), from: 2_000_000 }))
  expect(messages.map((message) => [message.offset, batchFaultOf(message)])).toEqual([
    ['1999999', 'a batch of 2000000 records, offsets 0 to 1999999, compressed: more than 20106 records'],
    ['2000000', undefined],
  ])
})

test('a batch of which a fetch has only the beginning is left for the next one', async () => {
  const whole = batch({ attributes: ZSTD, count: 1_000_000, bytes: Buffer.alloc(100) })
  expect(await read(whole.subarray(0, 100))).toEqual([])
})
