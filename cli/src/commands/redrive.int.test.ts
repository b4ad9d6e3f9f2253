import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { compressTopic } from '@insights/fixtures/compress-topic'
import { connectKafka } from '@insights/runtime/kafka/connect-kafka'
import { createPublisher, type Publisher } from '@insights/runtime/kafka/publisher'
import { readToEnd } from '@insights/runtime/kafka/consume/read-to-end'
import type { ConsumedRecord } from '@insights/runtime/kafka/records'
import { createLogger } from '@insights/runtime/logger'
import type { FailureClass } from '@insights/schemas/events/analysis-failed'
import { firstOriginHeader } from '@insights/schemas/events/first-origin'
import { createCodec, type Codec } from '@insights/schemas/codec'
import { toAnalysisFailed } from '@insights/schemas/events/to-analysis-failed'
import { topicName } from '@insights/schemas/topics'
import { testContext, type TestContext } from '@insights/stack/test-context'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { root } from '../root.ts'

const log = createLogger({ service: 'test', level: 'silent' })
const garbage = Buffer.from([0xff, 0x00, 0x17])
const headers = [
  { name: 'traceparent', value: Buffer.from('t') },
  { name: '__proto__', value: Buffer.from('{}') },
  { name: 'traceparent', value: Buffer.alloc(0) },
  { name: 'constructor', value: null },
  { name: '__proto__', value: Buffer.from([0xff]) },
]
let context: TestContext
let publisher: Publisher
let codec: Codec
let received: string

beforeAll(async () => {
  context = await testContext('redrive')
  codec = createCodec({ registryUrl: context.env.SCHEMA_REGISTRY_URL ?? '', prefix: context.prefix })
  await codec.load()
  publisher = createPublisher({ kafka: kafka(), log })
  await publisher.start()
  await compressTopic(kafka(), 'analysisFailed', { prefix: context.prefix, codec: 'snappy' })
  received = topicName('conversationsReceived', context.prefix)
  await fail('undecodable', garbage, 1)
  await fail('undecodable', garbage, 2) // the same original, redriven once before and failed again
  await fail('expired', Buffer.from('other'), 3)
  // Forged: it would erase the insight of the conversation `k`.
  await fail('undecodable', null, 4, topicName('insightsProduced', context.prefix))
})
afterAll(async () => {
  await publisher.stop()
  await context.stop()
})

const kafka = () =>
  connectKafka({ clientId: 'test', brokers: (context.env.KAFKA_BROKERS ?? '').split(','), ssl: false, log })

async function fail(
  failureClass: FailureClass,
  value: Buffer | null,
  offset: number,
  origin = received,
): Promise<void> {
  const record: ConsumedRecord = {
    topic: origin,
    partition: 0,
    offset,
    appendedAt: 1_000,
    key: Buffer.from('k'),
    value,
    headers,
  }
  const failure = toAnalysisFailed({
    record,
    class: failureClass,
    problem: { type: 'urn:test', title: 'Test', detail: randomUUID() },
    attempts: 0,
    retryable: true,
    failedAt: Date.parse('2026-01-01T00:00:00Z'),
  })
  const topic = topicName('analysisFailed', context.prefix)
  const published = await publisher.publish([
    { topic, key: 'k', value: codec.encode('analysisFailed', failure), headers: [] },
  ])
  expect(published).toEqual({ ok: true })
}

const redrive = (...args: string[]) => redriveWith({}, ...args)
const redriveWith = (env: Record<string, string>, ...args: string[]) =>
  promisify(execFile)(process.execPath, [resolve(root, 'cli/insights.mjs'), 'redrive', ...args], {
    env: { ...process.env, ...context.env, ...env },
  })
async function readAll(topic: string): Promise<ConsumedRecord[]> {
  const records: ConsumedRecord[] = []
  await readToEnd({ kafka: kafka(), log, topic, onRecords: (batch) => void records.push(...batch) })
  return records
}
const readReceived = () => readAll(received)

test('a dry run publishes nothing and says what it would', async () => {
  const { stdout } = await redrive('--class', 'undecodable', '--dry-run')
  expect(stdout).toContain('4 failures read, 3 selected, 1 originals would be published')
  expect(await readReceived()).toEqual([])
})

test('(I2) an original comes back byte for byte, once, with its key and headers, and keeps its age', async () => {
  const { stdout } = await redrive('--class', 'undecodable', '--since', '2025-12-31T00:00:00Z')
  const records = await readReceived()
  expect(records.map(({ value }) => value)).toEqual([garbage])
  expect(String(records[0]?.key)).toBe('k')
  const origin = { topic: received, partition: 0, offset: 2, appended_at: 1_000 }
  expect(records[0]?.headers).toEqual([...headers, firstOriginHeader(origin)])
  expect(stdout).toMatch(/left alone: .*its original has no value[^]*2 were left alone/)
  expect(await readAll(topicName('insightsProduced', context.prefix))).toEqual([])
})

test('a time window without failures publishes nothing', async () => {
  const before = (await readReceived()).length
  const { stdout } = await redrive('--since', '2026-01-01T00:00:01Z')
  expect(stdout).toContain('0 selected')
  expect(await readReceived()).toHaveLength(before)
})

test('an id that no failure has is a fault, and beside one that has some a line', async () => {
  const ended = await redrive('--id', 'gone').catch((error: { code: number; stderr: string }) => error)
  expect(ended).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/: no failure among \d has the id gone: it nev/),
  })
  const { stdout } = await redrive('--id', 'gone', '--id', 'k', '--dry-run')
  expect(stdout).toMatch(/[34] selected[^]*no failure among \d has the id gone/)
})

test('IPv6 addresses in brackets are those of a broker and of a registry', async () => {
  const { KAFKA_BROKERS = '', SCHEMA_REGISTRY_URL = '' } = context.env
  const toIpv6 = (text: string) => text.replace('127.0.0.1', '[::ffff:127.0.0.1]')
  const env = { KAFKA_BROKERS: toIpv6(KAFKA_BROKERS), SCHEMA_REGISTRY_URL: toIpv6(SCHEMA_REGISTRY_URL) }
  expect(Object.values(env).join()).toMatch(/^\[::.*\/\/\[::/)
  const { stdout } = await redriveWith(env, '--class', 'undecodable', '--dry-run')
  expect(stdout).toMatch(/[34] failures read/)
})

test('a prefix without topics, or a broker that is away, is a sentence at once', async () => {
  const fails = (env: Record<string, string>) =>
    promisify(execFile)(process.execPath, [resolve(root, 'cli/insights.mjs'), 'redrive', '--retryable'], {
      env: { ...process.env, ...context.env, ...env },
      timeout: 10_000,
    }).then(
      () => null,
      ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, stdout, stderr }),
    )
  const [other, away] = await Promise.all([fails({ TOPIC_PREFIX: 'gone.' }), fails({ KAFKA_BROKERS: '127.0.0.1:1' })])
  expect(other).toEqual({
    code: 1,
    stdout: '',
    stderr: `insights redrive: there is no topic gone.analysis.failed at ${context.env.KAFKA_BROKERS}: TOPIC_PREFIX is another, or insights provision never ran there\n`,
  })
  expect(away).toMatchObject({ code: 1, stdout: '' })
  expect(away?.stderr).toMatch(/^insights redrive: Kafka cannot be reached at 127.0.0.1:1: .*ECONNREFUSED.*\n$/)
})
