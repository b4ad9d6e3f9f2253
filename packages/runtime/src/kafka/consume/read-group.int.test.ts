import { testContext, type TestContext } from '@insights/stack/test-context'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { createLogger } from '../../logger.ts'
import { ensureTopics } from '../admin.ts'
import { connectKafka, type KafkaConnection } from '../connect-kafka.ts'
import { createConsumer } from './consumer.ts'
import { createPublisher, type Publisher } from '../publisher.ts'
import { createGroupReader, type GroupReader } from './read-group.ts'

const log = createLogger({ service: 'test', level: 'silent' })
let context: TestContext
let kafka: KafkaConnection
let publisher: Publisher
let topic: string
let group: string
let reader: GroupReader
let count = 0

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
  topic = `${context.prefix}read-group-${++count}`
  group = `${topic}-group`
  await ensureTopics(kafka, [{ name: topic, partitions: 3, replicationFactor: 1, config: {} }])
  reader = createGroupReader({ kafka, groupId: group, topic })
  // A topic that is new may have no leader yet, and the coordinator of a broker that is new may still be loading: both
  // are errors of the question, and its caller asks again.
  await vi.waitFor(() => Promise.all([reader.bounds(), reader.committed()]), 20_000)
})
afterEach(() => reader.stop())

/** The keys are such that every partition gets some. */
async function publish(n: number): Promise<void> {
  const names = Array.from({ length: n }, (_, i) => `k${i}`)
  const results = await Promise.all(
    names.map((key) => publisher.publish([{ topic, key, value: Buffer.from(key), headers: [] }])),
  )
  expect(results.every(({ ok }) => ok)).toBe(true)
}

test('a group that has committed nothing yet, in every partition', async () => {
  await reader.warmUp()
  const nothing = { offset: null, metadata: expect.toSatisfy((metadata) => metadata === null || metadata === '') }
  expect([...(await reader.committed())].toSorted(([a], [b]) => a - b)).toEqual([
    [0, nothing],
    [1, nothing],
    [2, nothing],
  ])
})

test('(I2) what a member commits, with its metadata, is what the next owner reads', async () => {
  await publish(30)
  const metadata = `1rx${'=3kZ'.repeat(1_000)}`
  const results: string[] = []
  const consumer = createConsumer({
    kafka,
    log,
    groupId: group,
    topics: [topic],
    maxWaitMs: 50,
    onCrash: (error) => {
      throw error
    },
  })
  await consumer.start({
    onBatch: async ({ lease, partition, nextOffset }) => {
      if (partition === 2) return
      const offset = partition === 0 ? nextOffset : 0
      results.push(
        await consumer.commit(lease, [{ topic, partition, offset, metadata: partition === 0 ? metadata : '' }]),
      )
    },
  })
  await vi.waitFor(() => expect(results).toEqual(['committed', 'committed']), 20_000)
  const [committed, bounds] = await Promise.all([reader.committed(), reader.bounds()])
  await consumer.stop()
  expect(committed.get(0)).toEqual({ offset: bounds.get(0)?.high, metadata })
  expect(committed.get(1)).toMatchObject({ offset: 0 })
  expect(committed.get(2)).toMatchObject({ offset: null })
})

test('the bounds of each partition move with what is published', async () => {
  const sum = async (end: 'low' | 'high') =>
    [...(await reader.bounds()).values()].reduce((total, bounds) => total + bounds[end], 0)
  expect(await sum('high')).toBe(0)
  await publish(30)
  expect({ low: await sum('low'), high: await sum('high') }).toEqual({ low: 0, high: 30 })
})

test('questions that come together, and a stop that comes twice, use one connection', async () => {
  const answers = await Promise.all([reader.committed(), reader.committed(), reader.bounds()])
  expect(answers.map(({ size }) => size)).toEqual([3, 3, 3])
  await Promise.all([reader.stop(), reader.stop()])
})

test('a stop before the first question is fine', async () => {
  await expect(createGroupReader({ kafka, groupId: group, topic }).stop()).resolves.toBeUndefined()
})

test('a broker that is not there is an error of the question, and the next question tries again', async () => {
  const nowhere = connectKafka({ clientId: 'test', brokers: ['127.0.0.1:1'], ssl: false, log })
  let isAway = true
  const failsFirst: KafkaConnection = { ...kafka, newClient: () => (isAway ? nowhere : kafka).newClient() }
  const lonely = createGroupReader({ kafka: failsFirst, groupId: group, topic })
  await expect(lonely.committed()).rejects.toThrow('ECONNREFUSED')
  isAway = false
  expect((await lonely.committed()).size).toBe(3)
  await lonely.stop()
})
