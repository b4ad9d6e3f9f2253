import { PRIVATE } from '@insights/fixtures/private-texts'
import { startSlowProxy } from '@insights/fixtures/slow-proxy'
import { spawnService, type SpawnedService } from '@insights/fixtures/spawn-service'
import { startSimulator } from '@insights/fixtures/start-simulator'
import { groupLag } from '@insights/runtime/kafka/admin'
import { connectKafka } from '@insights/runtime/kafka/connect-kafka'
import { createPublisher } from '@insights/runtime/kafka/publisher'
import { createLogger } from '@insights/runtime/logger'
import { generateConversations } from '@insights/sample-conversations/generate-conversations'
import { createCodec } from '@insights/schemas/codec'
import { topicName } from '@insights/schemas/topics'
import { testContext, type TestContext } from '@insights/stack/test-context'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { readTopic } from './read-insights.ts'

const COUNT = 1_800
const log = createLogger({ service: 'test', level: 'silent' })
let context: TestContext
const cleanups: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  context = await testContext('hold-the-cap')
})
afterAll(async () => {
  for (const cleanup of cleanups.toReversed()) await cleanup()
  await context?.stop()
})

async function publishConversations(): Promise<void> {
  const { KAFKA_BROKERS = '', SCHEMA_REGISTRY_URL = '' } = context.env
  const kafka = connectKafka({ clientId: 'test', brokers: KAFKA_BROKERS.split(','), ssl: false, log })
  const codec = createCodec({ registryUrl: SCHEMA_REGISTRY_URL, prefix: context.prefix })
  await codec.load()
  const publisher = createPublisher({ kafka, log })
  await publisher.start()
  const samples = generateConversations({ seed: 11, count: 100 })
  const records = Array.from({ length: COUNT }, (_, i) => {
    const { messages, metadata } = samples[i % samples.length] as (typeof samples)[number]
    const value = codec.encode('conversationsReceived', {
      conversation_id: `${PRIVATE}cap-${i}`,
      messages: messages.map(({ author_id, text, timestamp, inbound }) => ({
        author_id,
        text: `${text} (${i})`,
        timestamp: Date.parse(timestamp),
        inbound,
      })),
      metadata: JSON.stringify({ ...metadata, order: `${PRIVATE}order` }),
      source: `${PRIVATE}test`,
      submission_id: '00000000-0000-4000-8000-000000000000',
    })
    return { topic: topicName('conversationsReceived', context.prefix), key: `${PRIVATE}cap-${i}`, value, headers: [] }
  })
  for (let i = 0; i < COUNT; i += 500) {
    const result = await publisher.publish(records.slice(i, i + 500))
    if (!result.ok) throw new Error(result.detail)
  }
  await publisher.stop()
}

test(`(I2, I3) three analyzers with wrong and jumping wall clocks, slow handshakes, a kill −9, a stop, a leave and a join: never more than ten calls in a second, nothing lost`, async () => {
  // No limit of its own: an overshoot must be seen, not refused.
  const simulator = await startSimulator({ latencyMs: 1_500, env: { SIMULATOR_RPS: '0', SIMULATOR_TPM: '0' } })
  cleanups.push(simulator.stop)
  await simulator.configure({ answers: 'plain' })
  const proxy = await startSlowProxy({ target: new URL(simulator.url), handshakeMs: 150, idleCloseMs: 3_000 })
  cleanups.push(proxy.stop)
  await publishConversations()

  const env = {
    ...context.env,
    GROK_BASE_URL: proxy.url,
    GROK_API_KEY: 'simulator',
    LOG_LEVEL: 'info',
    STOP_DEADLINE_MS: '30000',
    SESSION_TIMEOUT_MS: '6000',
  }
  const wrongClock = (skewMs: number) => ({
    ...env,
    NODE_OPTIONS: '--import ./testing/bench/src/skew-clock.mjs',
    SKEW_MS: String(skewMs),
    SKEW_STEP_MS: String(-2 * skewMs),
    SKEW_STEP_SECONDS: '5',
  })
  const [first, second, third] = await Promise.all([
    spawnService('analyzer', wrongClock(3_000)),
    spawnService('analyzer', wrongClock(-3_000)),
    spawnService('analyzer', env),
  ])
  for (const one of [first, second, third]) cleanups.push(one.kill)
  const answered = (count: number) =>
    vi.waitFor(async () => expect((await simulator.stats()).calls).toBeGreaterThan(count), {
      timeout: 90_000,
      interval: 100,
    })

  await answered(40)
  await first.kill()
  third.pause()
  // It comes back when its session is over, and others own its partitions and slots.
  await vi.waitFor(async () => expect(await ownedBy(second)).toBe(12), { timeout: 60_000, interval: 250 })
  third.resume()
  const fourth = await spawnService('analyzer', wrongClock(-1_500))
  cleanups.push(fourth.kill)
  await answered((await simulator.stats()).calls + 20)
  await second.stop()

  // The broker is asked, and no topic is read before the end: decoding it would keep this process, and with it the
  // proxy, from passing calls on for so long that they arrive in bunches.
  await vi.waitFor(async () => expect(await lag()).toBe(0), { timeout: 150_000, interval: 1_000 })
  const seen = await simulator.stats()
  const calls = (await (await fetch(`${simulator.origin}/__sim/calls?last=20000`)).json()) as { at_ms: number }[]
  const spans = calls.slice(10).map(({ at_ms }, i) => at_ms - (calls[i]?.at_ms ?? 0))
  console.log(
    `closest 11 calls: ${Math.min(...spans).toFixed(1)} ms; sent twice: ${seen.repeated_items}; proxy: ${JSON.stringify(proxy.stats())}`,
  )
  expect(await idsIn('insightsProduced')).toHaveLength(COUNT)
  expect(await readTopic(context.env, 'analysisFailed')).toEqual([])
  expect(seen.max_calls_in_sliding_second).toBeLessThanOrEqual(10)
  expect(Math.min(...spans)).toBeGreaterThanOrEqual(1_000)
  // What a kill and a stop repeat is what was in flight then, each.
  expect(seen.repeated_items).toBeLessThanOrEqual(2 * 10 * seen.max_in_flight)
}, 300_000)

/** Conversations that the group has not committed. */
async function lag(): Promise<number> {
  const { KAFKA_BROKERS = '' } = context.env
  const kafka = connectKafka({ clientId: 'test', brokers: KAFKA_BROKERS.split(','), ssl: false, log })
  const lags = await groupLag(kafka, `${context.prefix}analyzer`, [topicName('conversationsReceived', context.prefix)])
  return lags.reduce((sum, { lag }) => sum + lag, 0)
}

/** How many partitions are this analyzer's, by its own metrics. */
async function ownedBy({ url }: SpawnedService): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text()
  return Number(/^insights_analyzer_partitions(?:\{[^}]*\})? (\d+)$/m.exec(metrics)?.[1])
}

/** Distinct conversations with an insight; each must have one insight id. */
async function idsIn(topic: 'insightsProduced'): Promise<string[]> {
  const ids = new Map<string, string>()
  for (const { event } of await readTopic(context.env, topic)) {
    expect(ids.get(event.conversation_id) ?? event.insight_id).toBe(event.insight_id)
    ids.set(event.conversation_id, event.insight_id)
  }
  return [...ids.keys()]
}
