import { testContext, type TestContext } from '@insights/stack/test-context'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLogger } from '../logger.ts'
import { deleteTopics, ensureTopics, groupLag } from './admin.ts'
import { connectKafka, type KafkaConnection } from './connect-kafka.ts'
import { createPublisher } from './publisher.ts'

const log = createLogger({ service: 'test', level: 'silent' })
let context: TestContext
let kafka: KafkaConnection
let topic: string

beforeAll(async () => {
  context = await testContext('runtime-publisher')
  kafka = connectKafka({ clientId: 'test', brokers: (context.env.KAFKA_BROKERS ?? '').split(','), ssl: false, log })
  topic = `${context.prefix}publisher`
  await ensureTopics(kafka, [
    { name: topic, partitions: 3, replicationFactor: 1, config: { 'max.message.bytes': '100000' } },
  ])
})
afterAll(async () => {
  await deleteTopics(kafka, [topic])
  await context.stop()
})

const ends = async () => (await groupLag(kafka, `${topic}-nobody`, [topic])).reduce((sum, { end }) => sum + end, 0)
const record = (bytes: number, key: string | null = null) => ({ topic, key, value: Buffer.alloc(bytes), headers: [] })

test('(I1) every acknowledged record is in the log, keyed or not, with calls overlapping', async () => {
  const publisher = createPublisher({ kafka, log, maxBatchRecords: 50 })
  await publisher.start()
  const before = await ends()
  const results = await Promise.all(
    Array.from({ length: 1_000 }, (_, i) => publisher.publish([record(10, i % 2 ? `k${i}` : null)])),
  )
  expect(results.every(({ ok }) => ok)).toBe(true)
  expect(await ends()).toBe(before + 1_000)
  await publisher.stop()
})

test('one record too large for the topic is told so and takes no neighbour with it', async () => {
  const publisher = createPublisher({ kafka, log, lingerMs: 20, maxBatchBytes: 50_000 })
  await publisher.start()
  const before = await ends()
  const results = await Promise.all([
    publisher.publish([record(10)]),
    publisher.publish([record(200_000)]),
    publisher.publish([record(20)]),
  ])
  expect(results.map((result) => (result.ok ? 'ok' : result.reason))).toEqual(['ok', 'too_large', 'ok'])
  expect(await ends()).toBe(before + 2)
  await publisher.stop()
})

test('(I1) stop flushes what was accepted, and afterwards nothing is taken', async () => {
  const publisher = createPublisher({ kafka, log, lingerMs: 1_000 })
  await publisher.start()
  const before = await ends()
  const waiting = publisher.publish([record(10)])
  await publisher.stop()
  expect(await waiting).toEqual({ ok: true })
  expect(await ends()).toBe(before + 1)
  expect(await publisher.publish([record(10)])).toMatchObject({ ok: false, reason: 'stopped' })
})

test('(I1) without a broker nothing is called accepted, and the reason can be read', async () => {
  const nowhere = connectKafka({ clientId: 'test', brokers: ['127.0.0.1:1'], ssl: false, log })
  const publisher = createPublisher({ kafka: nowhere, log, flushTimeoutMs: 100 })
  await publisher.start()
  expect(await publisher.publish([record(10)], { timeoutMs: 200 })).toMatchObject({ ok: false, reason: 'timeout' })
  expect(publisher.ready()).toMatch(/Kafka/)
  const waiting = publisher.publish([record(10)])
  await publisher.stop()
  expect(await waiting).toMatchObject({ ok: false, reason: 'stopped' })
})

test('topics are made equal to what is asked: created once, grown, configured, never shrunk', async () => {
  const spec = { name: `${topic}-spec`, partitions: 2, replicationFactor: 1, config: { 'retention.ms': '60000' } }
  const both = await Promise.all([ensureTopics(kafka, [spec]), ensureTopics(kafka, [spec])])
  expect(both.flatMap(({ created }) => created).length).toBeGreaterThanOrEqual(1)
  const grown = { ...spec, partitions: 5 }
  await Promise.all([ensureTopics(kafka, [grown]), ensureTopics(kafka, [grown])])
  await ensureTopics(kafka, [spec])
  expect(await groupLag(kafka, `${topic}-nobody`, [spec.name])).toHaveLength(5)
  await deleteTopics(kafka, [spec.name, `${topic}-never-was`])
})
