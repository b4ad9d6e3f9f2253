import { testContext, type TestContext } from '@insights/stack/test-context'
import type * as kafkajs from 'kafkajs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { createLogger } from '../../logger.ts'
import { pause } from '../../pause.ts'
import { ensureTopics, groupLag, offsetRanges, type OffsetRange } from '../admin.ts'
import { connectKafka, type KafkaConnection } from '../connect-kafka.ts'
import {
  createConsumer,
  type Assignment,
  type Consumer,
  type ConsumerHandlers,
  type ConsumerOptions,
  type RecordBatch,
} from './consumer.ts'
import { createPartitioner } from './partition-records.ts'
import { createPublisher, type Publisher } from '../publisher.ts'
import { readToEnd } from './read-to-end.ts'
import type { ConsumedRecord } from '../records.ts'

const log = createLogger({ service: 'test', level: 'silent' })
let context: TestContext
let kafka: KafkaConnection
let publisher: Publisher
let topic: string
let group: string
let count = 0
const consumers: Consumer[] = []

beforeAll(async () => {
  context = await testContext('runtime-kafka')
  kafka = connectKafka({ clientId: 'test', brokers: (context.env.KAFKA_BROKERS ?? '').split(','), ssl: false, log })
  publisher = createPublisher({ kafka, log })
  await publisher.start()
})
afterAll(async () => {
  await publisher.stop()
  await context.stop()
})
beforeEach(async () => {
  topic = `${context.prefix}adapter-${++count}`
  group = `${topic}-group`
  await ensureTopics(kafka, [
    { name: topic, partitions: 4, replicationFactor: 1, config: { 'message.timestamp.type': 'LogAppendTime' } },
  ])
})
afterEach(async () => {
  await Promise.all(consumers.splice(0).map((consumer) => consumer.stop()))
})

const publish = async (names: string[]) => {
  const results = await Promise.all(
    names.map((name) =>
      publisher.publish([{ topic, key: name, value: Buffer.from(name), headers: [{ name: 'from', value: 'test' }] }]),
    ),
  )
  expect(results.every(({ ok }) => ok)).toBe(true)
}
const names = (prefix: string, n: number) => Array.from({ length: n }, (_, i) => `${prefix}${i}`)
const valuesOf = (batch: RecordBatch) => batch.records.map((record) => String(record.value))
const nextOffset = (batch: RecordBatch) => [
  { topic: batch.topic, partition: batch.partition, offset: (batch.records.at(-1)?.offset ?? -1) + 1 },
]

function consume(options: Partial<ConsumerOptions> & ConsumerHandlers): Consumer {
  const consumer = createConsumer({
    kafka,
    log,
    groupId: group,
    topics: [topic],
    maxWaitMs: 50,
    onCrash: (error) => {
      throw error
    },
    ...options,
  })
  consumers.push(consumer)
  void consumer.start(options)
  return consumer
}

test('(I5) what was committed is not read again, what was not is', async () => {
  await publish(names('a', 200))
  const first: string[] = []
  const commits: string[] = []
  const committing = consume({
    onBatch: async (batch) => {
      first.push(...valuesOf(batch))
      if (batch.partition < 2) commits.push(await committing.commit(batch.lease, nextOffset(batch)))
    },
  })
  await vi.waitFor(() => expect(new Set(first).size).toBe(200), 20_000)
  await committing.stop()
  expect(new Set(commits)).toEqual(new Set(['committed']))

  const lag = await groupLag(kafka, group, [topic])
  const uncommitted = lag.filter(({ partition }) => partition >= 2).reduce((sum, entry) => sum + entry.lag, 0)
  expect(lag.filter(({ partition }) => partition < 2).every((entry) => entry.lag === 0)).toBe(true)

  const second: string[] = []
  consume({ onBatch: async (batch) => void second.push(...valuesOf(batch)) })
  await vi.waitFor(() => expect(second).toHaveLength(uncommitted), 20_000)
})

test('records of one key arrive in order, with key, headers and the broker’s append time', async () => {
  const before = Date.now()
  for (const value of ['1', '2', '3'])
    await publisher.publish([
      { topic, key: 'same', value: Buffer.from(value), headers: [{ name: 'traceparent', value: 'x' }] },
    ])
  const seen: RecordBatch['records'] = []
  consume({ onBatch: async (batch) => void seen.push(...batch.records) })
  await vi.waitFor(() => expect(seen.map(({ value }) => String(value))).toEqual(['1', '2', '3']), 20_000)
  expect(seen[0]).toMatchObject({ topic, offset: 0 })
  expect(String(seen[0]?.key)).toBe('same')
  expect(seen[0]?.headers).toEqual([{ name: 'traceparent', value: Buffer.from('x') }])
  expect(seen[0]?.appendedAt).toBeGreaterThan(before - 60_000)
})

test('(I2) members join and leave under load: nothing is lost, and the old lease is over', async () => {
  const seen = new Set<string>()
  const leases: Assignment[] = []
  const work = (consumer: () => Consumer) => async (batch: RecordBatch) => {
    const values = valuesOf(batch)
    if ((await consumer().commit(batch.lease, nextOffset(batch))) !== 'lost')
      for (const value of values) seen.add(value)
  }
  const a: Consumer = consume({ onBatch: work(() => a), onAssigned: (assignment) => void leases.push(assignment) })
  await vi.waitFor(() => expect(a.ready()).toBeNull(), 20_000)
  await publish(names('early', 300))
  const b: Consumer = consume({ onBatch: work(() => b) })
  await publish(names('middle', 300))
  await vi.waitFor(() => expect(b.ready()).toBeNull(), 20_000)
  await b.stop()
  await publish(names('late', 300))
  await vi.waitFor(() => expect(seen.size).toBe(900), 20_000)

  expect(leases.length).toBeGreaterThan(1)
  expect(leases.slice(0, -1).every(({ lease }) => lease.signal.aborted)).toBe(true)
  expect(await a.commit((leases[0] as Assignment).lease, [{ topic, partition: 0, offset: 0 }])).toBe('lost')
})

/** One partition; the broker compresses whatever comes, with its own (Java's) codecs. */
async function createTopic(config: Record<string, string>): Promise<void> {
  const logAppendTime = { 'message.timestamp.type': 'LogAppendTime' }
  topic = `${topic}-one`
  await ensureTopics(kafka, [
    { name: topic, partitions: 1, replicationFactor: 1, config: { ...logAppendTime, ...config } },
  ])
}

test.each(['gzip', 'snappy', 'lz4', 'zstd'])(
  '(I2) records that are compressed with %s are read as they were',
  async (codec) => {
    await createTopic({ 'compression.type': codec })
    const texts = names('a text that is like all the others, ', 2_000)
    await publish(texts)
    const large = Buffer.alloc(700_000, 'like all others ')
    await publisher.publish([{ topic, key: null, value: large, headers: [] }])
    const seen: RecordBatch['records'] = []
    consume({ onBatch: async (batch) => void seen.push(...batch.records) })
    await vi.waitFor(() => expect(seen).toHaveLength(2_001), 20_000)
    expect(seen.slice(0, 2_000).map(({ value }) => String(value))).toEqual(texts)
    expect(seen[7]).toMatchObject({
      key: Buffer.from(texts[7] ?? ''),
      headers: [{ name: 'from', value: Buffer.from('test') }],
    })
    expect(seen[2_000]?.value).toEqual(large)
  },
)

test.each(['gzip', 'lz4', 'zstd'])(
  '(I8) a batch in %s that is far larger decompressed stands as one record that says so, and reading goes on',
  async (codec) => {
    await createTopic({ 'compression.type': codec, 'max.message.bytes': String(5 * 1024 * 1024) })
    await publisher.publish([{ topic, key: 'k', value: Buffer.alloc(4_900_000), headers: [] }])
    await publish(['behind'])
    const seen: RecordBatch['records'] = []
    consume({ onBatch: async (batch) => void seen.push(...batch.records) })
    await vi.waitFor(() => expect(seen).toHaveLength(2), 20_000)
    expect(seen[0]).toMatchObject({ offset: 0, key: null, value: null, headers: [] })
    const said = `^a batch of 1 records, offsets 0 to 0, ${codec}, \\d+ bytes: more than \\d+ bytes decompressed$`
    expect(seen[0]?.fault).toMatch(new RegExp(said))
    expect(seen[1]).toMatchObject({ offset: 1, value: Buffer.from('behind') })
  },
)

describe('transactions', () => {
  const producers: kafkajs.Producer[] = []
  const begin = async (name: string) => {
    const transactionalId = `${topic}-${name}`
    const producer = kafka
      .newClient()
      .producer({ transactionalId, idempotent: true, maxInFlightRequests: 1, createPartitioner })
    producers.push(producer)
    await producer.connect()
    const transaction = await producer.transaction()
    const send = (value: string) => transaction.send({ topic, messages: [{ key: null, value, partition: 0 }] })
    return { send, abort: () => transaction.abort(), commit: () => transaction.commit() }
  }
  afterEach(async () => {
    await Promise.all(producers.splice(0).map((producer) => producer.disconnect()))
  })

  test('(I2) what was aborted is not handed out, also when transactions overlap, and reading ends behind it', async () => {
    await createTopic({})
    const [first, second, third] = [await begin('first'), await begin('second'), await begin('third')]
    await first.send('aborted last')
    await second.send('aborted first')
    await third.send('good 1')
    await second.send('aborted first')
    await second.abort()
    await first.send('aborted last')
    await third.send('good 2')
    await third.commit()
    await publish(['good 3'])
    await first.send('aborted last')
    await first.abort()

    const seen: string[] = []
    const passed: number[] = []
    consume({
      onBatch: async (batch) => {
        seen.push(...valuesOf(batch))
        passed.push(batch.nextOffset)
      },
      onNothing: ({ nextOffset: next }) => void passed.push(next),
    })
    const [{ end } = { end: 0 }] = await groupLag(kafka, group, [topic])
    await vi.waitFor(() => expect(Math.max(...passed)).toBe(end), 20_000)
    expect(seen).toEqual(['good 1', 'good 2', 'good 3'])
    const read: string[] = []
    await readToEnd({
      kafka,
      log,
      topic,
      onRecords: (records) => void read.push(...records.map(({ value }) => String(value))),
    })
    expect(read).toEqual(seen)
  })
})

test('a part of a topic is read from a time on, each record once, and offsets that are not there are passed over', async () => {
  await publish(names('early', 40))
  const whole = await offsetRanges(kafka, topic)
  expect(whole.reduce((sum, { from, end }) => sum + end - from, 0)).toBe(40)
  await pause(20)
  const since = Date.now()
  await pause(20)
  await publish(names('late', 40))
  const late = await offsetRanges(kafka, topic, since)
  expect(late).toEqual(whole.map(({ partition, low, end }) => ({ partition, low, from: end, end: expect.any(Number) })))
  const readIn = async (ranges: OffsetRange[]) => {
    const read: string[] = []
    let offsets = 0
    const onRecords = (records: ConsumedRecord[]) => void read.push(...records.map(({ value }) => String(value)))
    await readToEnd({ kafka, log, topic, ranges, onRecords, onPassed: (passed) => void (offsets += passed) })
    return { read: read.toSorted(), offsets }
  }
  expect(await readIn(late)).toEqual({ read: names('late', 40).toSorted(), offsets: 40 })
  const one = late.find(({ from, end }) => end - from > 2) as OffsetRange
  expect((await readIn([{ ...one, from: one.from + 1, end: one.end - 1 }])).offsets).toBe(one.end - one.from - 2)
  expect(await offsetRanges(kafka, topic, Date.now() + 60_000)).toEqual(
    late.map(({ partition, low, end }) => ({ partition, low, from: end, end })),
  )
  expect(await readIn([])).toEqual({ read: [], offsets: 0 })
})

test('a handler that throws for an unknown reason ends in onCrash, and its records are not committed', async () => {
  await publish(['poison'])
  const crashed = Promise.withResolvers<Error>()
  consume({ onBatch: () => Promise.reject(new TypeError('our bug')), onCrash: crashed.resolve })
  expect((await crashed.promise).message).toBe('our bug')
  expect((await groupLag(kafka, group, [topic])).every(({ committed }) => committed === null)).toBe(true)
})

test('quiesce hands out nothing more, and what is done can still be committed before leaving', async () => {
  await publish(names('a', 20))
  const batches: RecordBatch[] = []
  const consumer = consume({ onBatch: async (batch) => void batches.push(batch) })
  await vi.waitFor(() => expect(batches.flatMap(valuesOf)).toHaveLength(20), 20_000)
  await consumer.quiesce()
  await publish(names('b', 20))
  for (const batch of batches) expect(await consumer.commit(batch.lease, nextOffset(batch))).toBe('committed')
  await consumer.stop()
  expect(batches.flatMap(valuesOf)).toHaveLength(20)
  const lag = await groupLag(kafka, group, [topic])
  expect(lag.reduce((sum, entry) => sum + entry.lag, 0)).toBe(20)
})

test('a paused partition stands still while the others go on, and resumes where it stood', async () => {
  const seen: string[] = []
  const consumer = consume({ onBatch: async (batch) => void seen.push(...valuesOf(batch)) })
  await vi.waitFor(() => expect(consumer.ready()).toBeNull(), 20_000)
  const all = [0, 1, 2, 3].map((partition) => ({ topic, partition }))
  consumer.pause(all)
  await publish(names('x', 40))
  consumer.resume(all.slice(0, 2))
  await vi.waitFor(() => expect(seen.length).toBeGreaterThan(0), 20_000)
  consumer.resume(all)
  await vi.waitFor(() => expect(new Set(seen).size).toBe(40), 20_000)
  expect(seen).toHaveLength(40)
})
