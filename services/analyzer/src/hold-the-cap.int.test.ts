import { joinTopics } from '@insights/fixtures/join-topics'
import { conversation, conversations } from '@insights/fixtures/make-conversations'
import { startSimulator } from '@insights/fixtures/start-simulator'
import { PATIENCE, withTopics } from '@insights/fixtures/with-topics'
import { ensureTopics } from '@insights/runtime/kafka/admin'
import { lastHeader } from '@insights/runtime/kafka/records'
import { traceIdOf } from '@insights/runtime/trace-context'
import { insightId } from '@insights/schemas/events/ids'
import { topics as topicTable } from '@insights/schemas/topics'
import { describe, expect, test } from 'vitest'
import { startAnalyzer } from './start-analyzer.int.fixture.ts'

const bed = withTopics('analyzer')
const insightIds = () => bed.topics.read.insightsProduced.map(({ event }) => event.conversation_id)

describe('(I3) the cap of one analyzer and of several, at the receiver', () => {
  test('(I2, I3, I6) every conversation becomes its own insight, at no more than ten calls in any second, and is committed', async () => {
    const simulator = bed.kept(await startSimulator())
    const analyzer = bed.kept(await startAnalyzer({ ...bed.context.env, GROK_BASE_URL: simulator.url }))
    const sent = conversations('c', 240)
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    await bed.topics.send(sent, { traceparent, 'x-team': 'blue' })

    await expect.poll(bed.analyzed, PATIENCE).toBe(240)
    await expect.poll(bed.lag, PATIENCE).toBe(0)
    expect(new Set(insightIds())).toEqual(new Set(sent.map((c) => c.conversation_id)))
    expect(bed.topics.read.analysisFailed).toEqual([])
    const stats = await simulator.stats()
    expect(stats.max_calls_in_sliding_second).toBeLessThanOrEqual(10)
    expect(stats.items_per_call_mean).toBeGreaterThan(10)
    expect(stats.refused).toEqual({})

    for (const { event, record } of bed.topics.read.insightsProduced) {
      const { messages, conversation_id } =
        sent.find((c) => c.conversation_id === event.conversation_id) ?? conversation('?')
      const { prompt_version } = event
      expect(event.insight_id).toBe(insightId({ conversation_id, messages, prompt_version, model: 'grok-4.3' }))
      expect(String(record.key)).toBe(conversation_id)
      expect(event).toMatchObject({
        model: 'simulator',
        attempts: 1,
        truncated: false,
        origin: { topic: bed.topics.topic },
      })
      expect(String(lastHeader(record.headers, 'x-team'))).toBe('blue')
      expect(traceIdOf(String(lastHeader(record.headers, 'traceparent')))).toBe(traceIdOf(traceparent))
    }
    await expect.poll(() => bed.topics.read.analysisStarted.length, PATIENCE).toBe(stats.calls)
    const started = bed.topics.read.analysisStarted.flatMap(({ event }) =>
      event.items.map((item) => item.conversation_id),
    )
    expect(new Set(started)).toEqual(new Set(insightIds()))
    expect(analyzer.crashes).toEqual([])
    expect(await analyzer.metric('insights_items_total{outcome="accepted"}')).toBe(240)
    // Canaries belong to no conversation: they are asked about, and no outcome is made of them.
    expect(stats.items).toBe(240 + 2 * stats.calls)
    expect(await analyzer.ready()).toMatchObject({ ok: true })
  })

  test('(I2, I3, I6) a second analyzer joins under load: the cap holds for both together, nothing is lost, and a partition that stays repeats nothing', async () => {
    const simulator = bed.kept(await startSimulator({ latencyMs: 500 }))
    const env = { ...bed.context.env, GROK_BASE_URL: simulator.url }
    const first = bed.kept(await startAnalyzer(env))
    const sent = conversations('j', 600)
    await bed.topics.send(sent)
    await expect.poll(() => bed.topics.read.insightsProduced.length, PATIENCE).toBeGreaterThan(20)
    const second = bed.kept(await startAnalyzer(env))
    await expect.poll(() => new Set(insightIds()).size, PATIENCE).toBe(600)
    await expect.poll(bed.lag, PATIENCE).toBe(0)
    expect(await second.metric('insights_items_total{outcome="accepted"}')).toBeGreaterThan(0)
    expect([first.crashes, second.crashes, bed.topics.read.analysisFailed]).toEqual([[], [], []])
    const ids = new Set(bed.topics.read.insightsProduced.map(({ event }) => event.insight_id))
    expect(ids.size).toBe(600)
    const stats = await simulator.stats()
    expect(stats.max_calls_in_sliding_second).toBeLessThanOrEqual(10)
    // Half of the partitions moved, with at most the calls that were in flight.
    expect(stats.repeated_items).toBeLessThanOrEqual(10 * stats.max_in_flight)
  })

  test('(I3) partitions that are added while it runs get their share of the slots, and the cap holds', async () => {
    const simulator = bed.kept(await startSimulator({ latencyMs: 300 }))
    const env = { ...bed.context.env, GROK_BASE_URL: simulator.url }
    const first = bed.kept(await startAnalyzer(env))
    await bed.topics.send(conversations('before', 200))
    await expect.poll(() => bed.topics.read.insightsProduced.length, PATIENCE).toBeGreaterThan(20)
    const { config } = topicTable.conversationsReceived
    await ensureTopics(bed.topics.kafka, [{ name: bed.topics.topic, partitions: 17, replicationFactor: 1, config }])
    const second = bed.kept(await startAnalyzer(env)) // its join makes all members look at the topic again
    await expect
      .poll(async () => ((await first.metric(PARTITIONS)) ?? 0) + ((await second.metric(PARTITIONS)) ?? 0), PATIENCE)
      .toBe(17)
    const later = bed.kept(await joinTopics(bed.context.env)) // a producer that knows of all partitions
    await later.send(conversations('after', 400))
    // It shares the reading, too.
    const produced = () =>
      [...bed.topics.read.insightsProduced, ...later.read.insightsProduced].map(({ event }) => event)
    const ids = () => new Set(produced().map(({ insight_id }) => insight_id)).size
    await expect.poll(ids, { ...PATIENCE, timeout: 60_000 }).toBe(600)
    expect(new Set(produced().map(({ origin }) => origin.partition)).size).toBe(17)
    expect((await simulator.stats()).max_calls_in_sliding_second).toBeLessThanOrEqual(10)
    expect([first.crashes, second.crashes, bed.topics.read.analysisFailed]).toEqual([[], [], []])
  }, 120_000)
})

const PARTITIONS = 'insights_analyzer_partitions'
