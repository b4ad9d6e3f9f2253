import { setTimeout as sleep } from 'node:timers/promises'
import { joinTopics } from '@insights/fixtures/join-topics'
import { conversations } from '@insights/fixtures/make-conversations'
import { PRIVATE } from '@insights/fixtures/private-texts'
import { groupLag } from '@insights/runtime/kafka/admin'
import { topicName, topics as topicTable } from '@insights/schemas/topics'
import { writerIdOf } from '@insights/schemas/writer-id.fixture'
import { testContext, type TestContext } from '@insights/stack/test-context'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { hostileKinds } from './hostile-kinds.ts'
import { conversationsTarget, insightsTarget } from './hostile-targets.ts'
import { makeHostileRecords, type SentRecord } from './make-hostile-records.ts'
import { servedInsights } from './read-insights.ts'
import { registerHostileSchemas } from './register-hostile-schemas.ts'
import { startPipeline, type Pipeline } from './start-pipeline.ts'
import { usedBy } from './used-by.ts'
import { createRawWriter, type Placed, type RawWriter, type Written } from './write-raw-records.ts'

const SEED = Number(process.env['HOSTILE_SEED'] ?? 20_261_129)
const GOOD = 2_000
/** Sent before, without hostile ones: told beside the others, for what they wait depends on the machine. */
const CALM = 400
/** So few at once that the queue is short. */
const GOOD_PER_CHUNK = 20
const CHUNK_EVERY_MS = 200
const MOST_MEMORY_MB = 400
const PATIENCE = { timeout: 120_000, interval: 250 }

let context: TestContext
let pipeline: Pipeline
let topics: Awaited<ReturnType<typeof joinTopics>>
let writer: RawWriter
const ended: string[] = []

beforeAll(async () => {
  context = await testContext('hostile')
  topics = await joinTopics(context.env)
  writer = await createRawWriter(context.env['KAFKA_BROKERS'] ?? '')
  pipeline = await startPipeline({
    ...context.env,
    LOG_LEVEL: 'warn',
    OUTBOUND_RPS: '100',
    BATCH_FLUSH_SECONDS: '0.1',
    SIMULATOR_RPS: '0',
    SIMULATOR_TPM: '1000000000',
    SIMULATOR_LATENCY_MS: '0',
  })
  for (const service of Object.values(pipeline.services))
    void service.exited.then((code) => ended.push(`${service.name} ${code}`))
})
afterAll(async () => {
  writer?.stop()
  await pipeline?.stop()
  await topics?.stop()
  await context?.stop()
})

const placeOf = ({ partition, offset }: { partition: number; offset: number }) => `${partition}/${offset}`

test('(I2, I8, I9) 2,000 hostile records end once each, beside 2,000 good conversations that are all served', async () => {
  const schemas = await registerHostileSchemas(context.env)
  const { codec } = topics
  const input = conversationsTarget({ schemas, writerId: writerIdOf(codec, 'conversationsReceived') })
  const output = insightsTarget({ schemas, writerId: writerIdOf(codec, 'insightsProduced') })
  const hostile = makeHostileRecords(input, { seed: SEED, share: 1 })
  const produced = makeHostileRecords(output, { seed: SEED + 1, share: 0.15 })
  const makeGood = (name: string, count: number) =>
    conversations(name, count).map((event) => ({
      key: Buffer.from(event.conversation_id),
      value: codec.encode('conversationsReceived', event),
      headers: [],
      kind: 'good',
      isUnreadable: false,
      goodId: event.conversation_id,
    }))
  const good = makeGood('good', GOOD)
  const calm = makeGood('calm', CALM)
  const off = Object.entries(hostileKinds).flatMap(([kind, { isOn }]) => (isOn ? [] : [kind]))
  console.log(
    `seed ${SEED}: ${hostile.length} hostile records and ${good.length} good ones, ${produced.length} hostile ` +
      `insights; off: ${off.join(', ') || 'none'}`,
  )

  await sendAll({ conversations: shuffled(calm), insights: [] }, CALM / GOOD_PER_CHUNK)
  await vi.waitUntil(() => ended.length > 0 || waitsOf('calm').length >= CALM, PATIENCE)
  const sent = await sendAll(
    { conversations: shuffled([...good, ...hostile]), insights: shuffled(produced) },
    GOOD / GOOD_PER_CHUNK,
  )

  const isOver = () => {
    const found = outcomesBy(topicName('conversationsReceived', context.prefix))
    return ended.length > 0 || sent.conversations.every((one) => found.has(placeOf(one)))
  }
  // What is missing is told below, one by one.
  await vi.waitUntil(isOver, PATIENCE).catch(() => undefined)
  await expect.poll(() => (ended.length > 0 ? 0 : lagOf(['analyzer', 'projector'])), PATIENCE).toBe(0)
  expect(ended).toEqual([])

  const found = outcomesBy(topicName('conversationsReceived', context.prefix))
  const wrong = sent.conversations.flatMap((one) => {
    const { kind, isUnreadable, goodId } = one.record
    const of = [...(found.get(placeOf(one)) ?? [])]
    const isRight =
      of.length === 1 &&
      (!isUnreadable || of[0]?.startsWith('failure')) &&
      (goodId === null || of[0]?.startsWith('insight'))
    return isRight ? [] : [{ kind, place: placeOf(one), of }]
  })
  expect(wrong).toEqual([])
  const wronglyStored = () => {
    const refused = outcomesBy(topicName('insightsProduced', context.prefix))
    return sent.insights.flatMap((one) => {
      const { kind, isUnreadable } = one.record
      const of = [...(refused.get(placeOf(one)) ?? [])]
      return of.length <= 1 && (!isUnreadable || of.length === 1) ? [] : [{ kind, place: placeOf(one), of }]
    })
  }
  await expect.poll(wronglyStored, { timeout: 5_000 }).toEqual([])

  const goodIds = new Set(good.map(({ goodId }) => goodId))
  const { insights } = await servedInsights(pipeline.services.query.url)
  expect(insights.filter(({ conversation_id }) => goodIds.has(conversation_id))).toHaveLength(GOOD)

  const used = Object.values(pipeline.services).map(usedBy)
  const [calmly, beside] = [waitsOf('calm'), waitsOf('good')]
  const told = (waits: number[]) =>
    `p50 ${waits.at(waits.length / 2)} ms, p99 ${waits.at(waits.length * 0.99)} ms, most ${waits.at(-1)} ms`
  console.log(
    `append to appended insight: ${told(beside)} beside hostile ones; ${told(calmly)} without; ` +
      `at most ${used.map(({ name, megabytes, seconds }) => `${name} ${megabytes} MB, ${seconds} s of CPU`).join('; ')}`,
  )
  expect(used.filter(({ megabytes }) => megabytes >= MOST_MEMORY_MB)).toEqual([])
}, 300_000)

/** All partitions alike, in an order that the seed decides. */
function shuffled(records: SentRecord[]): Placed<SentRecord>[] {
  const whole = { minLength: records.length, maxLength: records.length }
  const [order = []] = fc.sample(fc.shuffledSubarray(records, whole), { seed: SEED, numRuns: 1 })
  return order.map((record, i) => ({ record, partition: i % topicTable.conversationsReceived.partitions }))
}

async function sendAll(all: Record<'conversations' | 'insights', Placed<SentRecord>[]>, chunks: number) {
  const written: Record<keyof typeof all, Written<SentRecord>[]> = { conversations: [], insights: [] }
  const part = <T>(of: T[], chunk: number) =>
    of.slice(Math.ceil((of.length * chunk) / chunks), Math.ceil((of.length * (chunk + 1)) / chunks))
  for (let chunk = 0; chunk < chunks; chunk++) {
    const next = sleep(CHUNK_EVERY_MS)
    const { conversations, insights } = all
    written.conversations.push(
      ...(await writer.write(topicName('conversationsReceived', context.prefix), part(conversations, chunk))),
    )
    written.insights.push(...(await writer.write(topicName('insightsProduced', context.prefix), part(insights, chunk))))
    await next
  }
  return written
}

/** From the append of a good conversation to that of its insight, the longest last. */
function waitsOf(name: 'good' | 'calm'): number[] {
  return topics.read.insightsProduced
    .filter(({ event }) => event.conversation_id.startsWith(`${PRIVATE}${name}-`))
    .map(({ event, record }) => record.appendedAt - event.origin.appended_at)
    .toSorted((a, b) => a - b)
}

/** The different outcomes of each record of a topic, by its place. */
function outcomesBy(topic: string): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>()
  const add = (origin: { topic: string; partition: number; offset: number }, id: string) => {
    if (origin.topic !== topic) return
    const place = placeOf(origin)
    found.set(place, (found.get(place) ?? new Set()).add(id))
  }
  for (const { event } of topics.read.insightsProduced) add(event.origin, `insight ${event.insight_id}`)
  for (const { event } of topics.read.analysisFailed) add(event.origin, `failure ${event.failure_id} ${event.class}`)
  return found
}

async function lagOf(groups: string[]): Promise<number> {
  const input = { analyzer: 'conversationsReceived', projector: 'insightsProduced' } as const
  const lags = await Promise.all(
    groups.map((group) =>
      groupLag(topics.kafka, `${context.prefix}${group}`, [
        topicName(input[group as keyof typeof input], context.prefix),
      ]),
    ),
  )
  return lags.flat().reduce((sum, { lag }) => sum + lag, 0)
}
