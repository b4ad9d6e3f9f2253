import { createRequire } from 'node:module'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { patchKafkaJs } from './patch-kafkajs.ts'
import { asKafkaJsHeaders } from './patch-record-headers.ts'
import { detach, type ConsumedRecord, type OutgoingRecord } from './records.ts'
import { toConsumedRecord } from './consume/to-consumed-record.ts'
import { MAX_HEADERS_READ } from './wire-headers.ts'

patchKafkaJs()
const require = createRequire(import.meta.url)

/** Through kafkajs' own request and response: what the broker gets, and the reading of it. */
async function produceAndFetch(records: Omit<OutgoingRecord, 'topic'>[]): Promise<ConsumedRecord[]> {
  const produce = require('kafkajs/src/protocol/requests/produce/v3/request.js') as (options: object) => {
    encode(): Promise<{ buffer: Buffer }>
  }
  const messages = records.map((record) => ({ ...record, headers: asKafkaJsHeaders(record.headers) }))
  const partitions = [{ partition: 0, firstSequence: 0, messages }]
  const { buffer } = await produce({ acks: -1, timeout: 1, topicData: [{ topic: 't', partitions }] }).encode()
  const Decoder = require('kafkajs/src/protocol/decoder.js') as new (buffer: Buffer) => { readBytes(n: number): Buffer }
  const decode = require('kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js') as (
    decoder: object,
  ) => Promise<Parameters<typeof toConsumedRecord>[2][]>
  const decoder = new Decoder(buffer)
  decoder.readBytes(FRAMING)
  return (await decode(decoder)).map((message) => toConsumedRecord('t', 0, message))
}
/** Transactional id, acks, timeout, the number of topics, `t`, the number of partitions, the partition. */
const FRAMING = 2 + 2 + 4 + 4 + 3 + 4 + 4

const bytes = fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array))
const names = fc.oneof(fc.constantFrom('__proto__', 'constructor', 'toString', '1'), fc.string({ unit: 'binary' }))
const anyRecord = fc.record({
  key: fc.option(bytes),
  value: fc.option(bytes),
  headers: fc.array(fc.record({ name: names, value: fc.option(bytes) }), { maxLength: 8 }),
})

test('(I2) headers of any name, null or repeated, go through kafkajs in their order', async () => {
  const records = fc.array(anyRecord, { minLength: 1, maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(records, async (all) => {
      const read = await produceAndFetch(all)
      expect(read.map(({ key, value, headers }) => ({ key, value, headers }))).toEqual(all)
    }),
  )
})

test('(I8) a record of very many headers costs time by their number, not by its square', async () => {
  const headers = Array.from({ length: 200_000 }, (_, i) => ({ name: `n${i}`, value: null }))
  const [read] = await produceAndFetch([{ key: null, value: null, headers }])
  expect(read?.headers).toHaveLength(MAX_HEADERS_READ)
}, 5_000)

test('what kafkajs itself sends, with an object of headers or none, is written as before', async () => {
  const records = [
    { key: 'k', value: null, headers: { a: 'b' } },
    { key: 'k', value: null },
  ]
  const read = await produceAndFetch(records as unknown as OutgoingRecord[])
  expect(read.map(({ headers }) => headers)).toEqual([[{ name: 'a', value: Buffer.from('b') }], []])
})

test('a message whose headers were not left as bytes is a loud error', () => {
  const message = {
    offset: '0',
    timestamp: '0',
    key: null,
    value: null,
    attributes: 0,
    headers: { a: Buffer.from('b') },
  }
  expect(() => toConsumedRecord('t', 0, message)).toThrow('did not leave alone')
})

test.each([1, 16, 17, 100])(
  '(I8) a detached record with %i headers is the same, and holds nothing of the fetch',
  async (count) => {
    const header = { name: '__proto__', value: Buffer.alloc(5_000, 1) }
    const headers = Array.from({ length: count }, () => header)
    const [read] = await produceAndFetch([{ key: Buffer.alloc(5_000, 2), value: Buffer.alloc(5_000, 3), headers }])
    if (read === undefined) throw new Error('nothing was read')
    const detached = detach(read)
    expect(detached).toEqual(read)
    expect(detached.headers).toEqual(headers)
    const memory = [detached.key, detached.value, ...detached.headers.map(({ value }) => value)].map(
      (one) => one?.buffer,
    )
    expect(memory).not.toContain(read.value?.buffer)
    expect(detach({ ...read, key: null, value: null })).toMatchObject({ key: null, value: null })
  },
)
