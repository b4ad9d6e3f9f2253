import { testContext, type TestContext } from '@insights/stack/test-context'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { createLogger } from '../../logger.ts'
import { ensureTopics, groupLag } from '../admin.ts'
import { connectKafka, type KafkaConnection } from '../connect-kafka.ts'
import {
  createConsumer,
  type Assignment,
  type Consumer,
  type ConsumerHandlers,
  type ConsumerOptions,
  type RecordBatch,
} from './consumer.ts'
import { createPublisher, type Publisher } from '../publisher.ts'

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
