import type { ServerResponse } from 'node:http'
import { ensureTopics, groupLag } from '@insights/runtime/kafka/admin'
import { traceIdOf } from '@insights/runtime/trace-context'
import { badExamples, goodExamples } from '@insights/schemas/examples'
import { insightId } from '@insights/schemas/ids'
import { topics as topicTable } from '@insights/schemas/topics'
import { testContext, type TestContext } from '@insights/stack/test-context'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  conversation,
  conversations,
  joinTopics,
  startAnalyzer,
  startProxy,
  startSimulator,
} from './analyzer.int.fixture.ts'

let context: TestContext
let topics: Awaited<ReturnType<typeof joinTopics>>
const cleanups: (() => Promise<unknown>)[] = []
/** Stops it after the test, in reverse order. */
function kept<T extends { stop(): Promise<unknown> }>(thing: T): T {
  cleanups.push(thing.stop)
  return thing
}

beforeEach(async () => {
  context = kept(await testContext('analyzer'))
  topics = kept(await joinTopics(context.env))
})
afterEach(async () => {
  if (topics.faults.length > 0) throw new AggregateError(topics.faults, 'an event could not be read')
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

const PATIENCE = { timeout: 30_000, interval: 50 }
// Kafka may let a member join more than once; then what was in flight is done again, under the same insight id.
const analyzed = () => new Set(topics.read.insightsProduced.map(({ event }) => event.insight_id)).size
const insightIds = () => topics.read.insightsProduced.map(({ event }) => event.conversation_id)
const lagOf = async () => {
  const lags = await groupLag(topics.kafka, `${context.prefix}analyzer`, [topics.topic])
  return lags.reduce((sum, { lag }) => sum + lag, 0)
}

describe('the analyzer on real Kafka and registry', () => {
  test('(I2, I3, I6) every conversation becomes its own insight, at no more than ten calls in any second, and is committed', async () => {
    const simulator = kept(await startSimulator())
    const analyzer = kept(await startAnalyzer({ ...context.env, GROK_BASE_URL: simulator.url }))
    const sent = conversations('c', 240)
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    await topics.send(sent, { traceparent, 'x-team': 'blue' })

    await expect.poll(analyzed, PATIENCE).toBe(240)
    await expect.poll(lagOf, PATIENCE).toBe(0)
    expect(new Set(insightIds())).toEqual(new Set(sent.map((c) => c.conversation_id)))
    expect(topics.read.analysisFailed).toEqual([])
    const stats = await simulator.stats()
    expect(stats.max_calls_in_sliding_second).toBeLessThanOrEqual(10)
    expect(stats.items_per_call_mean).toBeGreaterThan(8)
    expect(stats.refused).toEqual({})

    for (const { event, record } of topics.read.insightsProduced) {
      const { messages, conversation_id } =
        sent.find((c) => c.conversation_id === event.conversation_id) ?? conversation('?')
      const { prompt_version } = event
      expect(event.insight_id).toBe(insightId({ conversation_id, messages, prompt_version, model: 'grok-4.3' }))
      expect(String(record.key)).toBe(conversation_id)
      expect(event).toMatchObject({
        model: 'simulator',
        attempts: 1,
        truncated: false,
        origin: { topic: topics.topic },
      })
      expect(String(record.headers['x-team'])).toBe('blue')
      expect(traceIdOf(String(record.headers['traceparent']))).toBe(traceIdOf(traceparent))
    }
    await expect.poll(() => topics.read.analysisStarted.length, PATIENCE).toBe(stats.calls)
    const started = topics.read.analysisStarted.flatMap(({ event }) => event.items.map((item) => item.conversation_id))
    expect(new Set(started)).toEqual(new Set(insightIds()))
    expect(analyzer.crashes).toEqual([])
    expect(await analyzer.metric('insights_items_total{outcome="accepted"}')).toBe(stats.items)
    expect(await analyzer.ready()).toMatchObject({ ok: true })
  })

  test('(I2) what can never be read ends in analysis.failed with its bytes, and all good records around it are analysed', async () => {
    const simulator = kept(await startSimulator())
    const analyzer = kept(await startAnalyzer({ ...context.env, GROK_BASE_URL: simulator.url }))
    const bad = badExamples('conversationsReceived')
    const good = goodExamples('conversationsReceived')
    const writerId = topics.codec.writerId('conversationsReceived')
    // One key, so one partition: a bad record stands before every good one.
    await topics.publish(
      bad.flatMap(({ toWire }, i) => {
        const { value } = good[i % good.length] as (typeof good)[number]
        const unique = { ...value, conversation_id: `good-${i}` }
        return [
          { key: 'one-partition', value: toWire(writerId), headers: { 'x-example': String(i) } },
          { key: 'one-partition', value: topics.codec.encode('conversationsReceived', unique), headers: {} },
        ]
      }),
    )

    await expect.poll(() => topics.read.analysisFailed.length, PATIENCE).toBe(bad.length)
    await expect.poll(analyzed, PATIENCE).toBe(bad.length)
    expect(new Set(insightIds()).size).toBe(bad.length)
    for (const { event, record } of topics.read.analysisFailed) {
      const example = bad[Number(record.headers['x-example']?.toString())]
      expect(event).toMatchObject({ class: example?.expect.class, retryable: example?.expect.retryable, attempts: 0 })
      expect(event.original.value).toEqual(example?.toWire(writerId))
      expect(event.original.key?.toString()).toBe('one-partition')
    }
    await expect.poll(lagOf, PATIENCE).toBe(0)
    expect(analyzer.crashes).toEqual([])
  })

  test('weather charges nobody and loses nothing: 401, 503, a reset, HTML and a 429, one after the other', async () => {
    const simulator = kept(await startSimulator())
    const script: ((response: ServerResponse) => void)[] = [
      (response) => response.writeHead(401).end('{"code":"x","error":"no key"}'),
      (response) => response.writeHead(503).end('{"error":"The service is currently unavailable"}'),
      (response) => response.destroy(),
      (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
      (response) => response.writeHead(429, { 'retry-after': '1' }).end('{"error":"Too many requests for team"}'),
    ]
    const proxy = kept(
      await startProxy(simulator.url, (request, response) => {
        const fault = script.shift()
        if (fault === undefined) return false
        request.resume().once('end', () => fault(response))
        return true
      }),
    )
    const analyzer = kept(
      await startAnalyzer({
        ...context.env,
        GROK_BASE_URL: proxy.url,
        PROBE_SECONDS: '0.5',
        BACKOFF_SECONDS: '0.1',
      }),
    )
    await topics.send(conversations('w', 40))
    await expect.poll(() => analyzer.metric('insights_analyzer_paused{reason="api_key"}'), PATIENCE).toBe(1)
    expect(await analyzer.ready()).toMatchObject({
      ok: false,
      checks: { pauses: expect.stringMatching(/^work is held back: api_key: HTTP 401/) as string },
    })

    await expect.poll(analyzed, PATIENCE).toBe(40)
    expect(topics.read.insightsProduced.every(({ event }) => event.attempts === 1)).toBe(true)
    expect(topics.read.analysisFailed).toEqual([])
    for (const outcome of ['api_key', 'unavailable', 'network', 'rate_limited'])
      expect(await analyzer.metric(`insights_grok_calls_total{outcome="${outcome}"}`), outcome).toBe(1)
    await expect.poll(() => analyzer.ready(), PATIENCE).toMatchObject({ ok: true })
  })

  test('while the registry is away nothing is dead-lettered: the start waits, a new schema waits, and both go on by themselves', async () => {
    const simulator = kept(await startSimulator())
    let away = true
    const registry = kept(
      await startProxy(context.env['SCHEMA_REGISTRY_URL'] ?? '', (request) => {
        if (away) request.socket.destroy()
        return away
      }),
    )
    const env = { ...context.env, SCHEMA_REGISTRY_URL: registry.url, GROK_BASE_URL: simulator.url }
    const analyzer = kept(await startAnalyzer(env))
    await topics.send(conversations('before', 5))
    await expect.poll(async () => (await analyzer.ready()).checks['schemas'], PATIENCE).toContain('schema registry')
    away = false
    await expect.poll(analyzed, PATIENCE).toBe(5)

    away = true
    const unknown = badExamples('conversationsReceived').find(({ name }) => name === 'unknown-schema-id')
    const key = 'held'
    await topics.publish([{ key, value: unknown?.toWire(0) ?? null, headers: {} }])
    await topics.publish([
      { key, value: topics.codec.encode('conversationsReceived', conversation('after')), headers: {} },
    ])
    await expect.poll(() => analyzer.metric('insights_analyzer_paused{reason="registry"}'), PATIENCE).toBe(1)
    // Other partitions go on: their schema is known.
    await topics.send(conversations('beside', 30))
    await expect.poll(() => topics.read.insightsProduced.length, PATIENCE).toBeGreaterThan(20)
    expect(topics.read.analysisFailed).toEqual([])
    expect(insightIds()).not.toContain('after')

    away = false
    await expect.poll(analyzed, PATIENCE).toBe(36)
    await expect.poll(() => topics.read.analysisFailed.length, PATIENCE).toBe(1)
    expect(topics.read.analysisFailed[0]?.event).toMatchObject({ class: 'undecodable', retryable: true })
    await expect.poll(lagOf, PATIENCE).toBe(0)
    expect(analyzer.crashes).toEqual([])
  })

  test('(I2) a planned stop finishes the calls in flight and repeats nothing: the next one goes on behind them', async () => {
    const simulator = kept(await startSimulator({ latencyMs: 600 }))
    const env = { ...context.env, GROK_BASE_URL: simulator.url }
    const first = await startAnalyzer(env)
    await topics.send(conversations('s', 150))
    await expect.poll(async () => (await simulator.stats()).in_flight, PATIENCE).toBeGreaterThan(3)
    await first.stop()
    const answered = (await simulator.stats()).items
    expect(answered).toBeLessThan(150)
    // Nothing is left of what was asked: the commits stand right behind it.
    expect(await lagOf()).toBe(150 - answered)
    expect(first.crashes).toEqual([])
    await expect.poll(analyzed, PATIENCE).toBe(answered)

    kept(await startAnalyzer(env))
    await expect.poll(analyzed, PATIENCE).toBe(150)
    await expect.poll(lagOf, PATIENCE).toBe(0)
    expect(new Set(insightIds()).size).toBe(150)
    expect(topics.read.analysisFailed).toEqual([])
  })

  test('(I2, I3, I6) a second analyzer joins under load: the cap holds for both together, nothing is lost, and a partition that stays repeats nothing', async () => {
    const simulator = kept(await startSimulator({ latencyMs: 500 }))
    const env = { ...context.env, GROK_BASE_URL: simulator.url }
    const first = kept(await startAnalyzer(env))
    const sent = conversations('j', 600)
    await topics.send(sent)
    await expect.poll(() => topics.read.insightsProduced.length, PATIENCE).toBeGreaterThan(20)
    const second = kept(await startAnalyzer(env))
    await expect.poll(() => new Set(insightIds()).size, PATIENCE).toBe(600)
    await expect.poll(lagOf, PATIENCE).toBe(0)
    expect(await second.metric('insights_items_total{outcome="accepted"}')).toBeGreaterThan(0)
    expect([first.crashes, second.crashes, topics.read.analysisFailed]).toEqual([[], [], []])
    const ids = new Set(topics.read.insightsProduced.map(({ event }) => event.insight_id))
    expect(ids.size).toBe(600)
    const stats = await simulator.stats()
    expect(stats.max_calls_in_sliding_second).toBeLessThanOrEqual(10)
    // Half of the partitions moved, with at most the calls that were in flight.
    expect(stats.repeated_items).toBeLessThanOrEqual(10 * stats.max_in_flight)
  })

  test('(I6) an identical conversation that is posted again is answered without a call, and one at a time', async () => {
    const simulator = kept(await startSimulator({ latencyMs: 300 }))
    kept(await startAnalyzer({ ...context.env, GROK_BASE_URL: simulator.url }))
    const once = conversation('twice')
    await topics.send([once, once, { ...once, submission_id: conversation('x').submission_id }])
    await expect.poll(() => topics.read.insightsProduced.length, PATIENCE).toBe(3)
    await topics.send([once])
    await expect.poll(() => topics.read.insightsProduced.length, PATIENCE).toBe(4)
    expect((await simulator.stats()).calls).toBe(1)
    const events = topics.read.insightsProduced.map(({ event }) => event)
    expect(new Set(events.map(({ insight_id }) => insight_id)).size).toBe(1)
    expect(new Set(events.map(({ origin }) => origin.offset)).size).toBe(4)
    const paid = events.filter(({ usage }) => usage.prompt_tokens > 0)
    expect(paid).toHaveLength(1)
    await expect.poll(lagOf, PATIENCE).toBe(0)
  })

  test('the bulk lane waits for live traffic, also where it stands before it in the partition, and is done in the end', async () => {
    const simulator = kept(await startSimulator({ latencyMs: 300 }))
    kept(await startAnalyzer({ ...context.env, GROK_BASE_URL: simulator.url }))
    await topics.send(conversations('bulk', 1_500), { lane: 'bulk' })
    await expect.poll(() => topics.read.insightsProduced.length, PATIENCE).toBeGreaterThan(30)
    await topics.send(conversations('live', 20))
    const liveDone = () => insightIds().filter((id) => id.startsWith('live')).length
    await expect.poll(liveDone, PATIENCE).toBe(20)
    expect(insightIds().length).toBeLessThan(1_000)
    await expect.poll(analyzed, { ...PATIENCE, timeout: 60_000 }).toBe(1_520)
    await expect.poll(lagOf, PATIENCE).toBe(0)
    expect((await simulator.stats()).repeated_items).toBe(0)
  }, 90_000)

  test('what is older than ANALYSIS_MAX_AGE is given up as expired, not before, and can be tried again', async () => {
    const simulator = kept(await startSimulator())
    await simulator.configure({ faults: [{ kind: 'unavailable' }] })
    const env = { ...context.env, GROK_BASE_URL: simulator.url, ANALYSIS_MAX_AGE: '8s', BACKOFF_SECONDS: '0.2' }
    kept(await startAnalyzer(env))
    await topics.send(conversations('old', 5))
    await expect.poll(() => topics.read.analysisFailed.length, PATIENCE).toBe(5)
    for (const { event, record } of topics.read.analysisFailed) {
      expect(event).toMatchObject({ class: 'expired', retryable: true, attempts: 0 })
      expect(record.appendedAt - event.origin.appended_at).toBeGreaterThan(8_000)
    }
    await expect.poll(lagOf, PATIENCE).toBe(0)
    await simulator.configure({ faults: [] })
    await topics.send(conversations('new', 5))
    await expect.poll(analyzed, PATIENCE).toBe(5)
  })

  test('(I9) work that waits while nothing is settled fails liveness, a declared pause does not', async () => {
    const simulator = kept(await startSimulator())
    await simulator.configure({ faults: [{ kind: 'hang_before_headers' }] })
    const env = { ...context.env, GROK_BASE_URL: simulator.url, STALL_SECONDS: '3', STOP_DEADLINE_MS: '3000' }
    const hanging = kept(await startAnalyzer(env))
    await topics.send(conversations('hang', 3))
    await expect.poll(() => hanging.live(), PATIENCE).toMatchObject({ ok: false })
    expect(hanging.live().checks['progress']).toMatch(/records wait.* nothing settled/)
    await hanging.stop()

    await simulator.configure({ faults: [{ kind: 'wrong_key' }] })
    const paused = kept(await startAnalyzer(env))
    await expect.poll(() => paused.metric('insights_analyzer_paused{reason="api_key"}'), PATIENCE).toBe(1)
    const since = performance.now()
    await expect.poll(() => performance.now() - since > 5_000 || !paused.live().ok, PATIENCE).toBe(true)
    expect(paused.live()).toMatchObject({ ok: true })
  })

  test('(I3) partitions that are added while it runs get their share of the slots, and the cap holds', async () => {
    const simulator = kept(await startSimulator({ latencyMs: 300 }))
    const env = { ...context.env, GROK_BASE_URL: simulator.url }
    const first = kept(await startAnalyzer(env))
    await topics.send(conversations('before', 200))
    await expect.poll(() => topics.read.insightsProduced.length, PATIENCE).toBeGreaterThan(20)
    const { config } = topicTable.conversationsReceived
    await ensureTopics(topics.kafka, [{ name: topics.topic, partitions: 17, replicationFactor: 1, config }])
    const second = kept(await startAnalyzer(env)) // its join makes everybody look at the topic again
    await expect
      .poll(async () => ((await first.metric(PARTITIONS)) ?? 0) + ((await second.metric(PARTITIONS)) ?? 0), PATIENCE)
      .toBe(17)
    const later = kept(await joinTopics(context.env)) // a producer that knows of all partitions
    await later.send(conversations('after', 400))
    // It shares the reading, too.
    const produced = () => [...topics.read.insightsProduced, ...later.read.insightsProduced].map(({ event }) => event)
    const ids = () => new Set(produced().map(({ insight_id }) => insight_id)).size
    await expect.poll(ids, { ...PATIENCE, timeout: 60_000 }).toBe(600)
    expect(new Set(produced().map(({ origin }) => origin.partition)).size).toBe(17)
    expect((await simulator.stats()).max_calls_in_sliding_second).toBeLessThanOrEqual(10)
    expect([first.crashes, second.crashes, topics.read.analysisFailed]).toEqual([[], [], []])
  }, 120_000)
})

const PARTITIONS = 'insights_analyzer_partitions'
