import type { ServerResponse } from 'node:http'
import { compressTopic } from '@insights/fixtures/compress-topic'
import { conversation, conversations } from '@insights/fixtures/make-conversations'
import { idInFirstPartition } from '@insights/fixtures/share-partition'
import { startProxy } from '@insights/fixtures/start-proxy'
import { startSimulator } from '@insights/fixtures/start-simulator'
import { PATIENCE, withTopics } from '@insights/fixtures/with-topics'
import { lastHeader } from '@insights/runtime/kafka/records'
import { badExamples, goodExamples } from '@insights/schemas/events/examples'
import { isDeadLetterHeader } from '@insights/schemas/events/dead-letter-headers'
import { FIRST_ORIGIN, firstOriginHeader } from '@insights/schemas/events/first-origin'
import { failureId } from '@insights/schemas/events/ids'
import { registerHostile } from '@insights/schemas/registry/register-hostile.int.fixture'
import { HEADER_BYTES, writeHeader } from '@insights/schemas/avro/wire-format'
import { writerIdOf } from '@insights/schemas/writer-id.fixture'
import { describe, expect, test } from 'vitest'
import { startAnalyzer } from './start-analyzer.int.fixture.ts'

const bed = withTopics('analyzer')
const HOSTILE_HEADERS = [
  ...Object.getOwnPropertyNames(Object.prototype).map((name) => ({ name, value: Buffer.from(`of ${name}`) })),
  { name: 'twice', value: Buffer.from('first') },
  { name: '__proto__', value: null },
  { name: 'twice', value: Buffer.from('second') },
  { name: 'empty', value: Buffer.alloc(0) },
]
const OWN_HEADERS = [
  { name: 'traceparent', value: expect.any(Buffer) as Buffer },
  { name: 'content-type', value: Buffer.from('application/vnd.confluent.avro') },
]
const insightIds = () => bed.topics.read.insightsProduced.map(({ event }) => event.conversation_id)

describe('the analyzer on real Kafka and registry', () => {
  test('(I2) what can never be read ends in analysis.failed with its bytes, and all good records around it are analysed', async () => {
    const simulator = bed.kept(await startSimulator())
    const analyzer = bed.kept(await startAnalyzer({ ...bed.context.env, GROK_BASE_URL: simulator.url }))
    const bad = badExamples('conversationsReceived')
    const good = goodExamples('conversationsReceived')
    const writerId = writerIdOf(bed.topics.codec, 'conversationsReceived')
    // In one partition: a bad record stands before every good one.
    const badKey = idInFirstPartition('bad')
    await bed.topics.publish(
      bad.flatMap(({ toWire }, i) => {
        const { value } = good[i % good.length] as (typeof good)[number]
        const unique = { ...value, conversation_id: idInFirstPartition(`good-${i}`) }
        return [
          { key: badKey, value: toWire(writerId), headers: [{ name: 'x-example', value: String(i) }] },
          {
            key: unique.conversation_id,
            value: bed.topics.codec.encode('conversationsReceived', unique),
            headers: [],
          },
        ]
      }),
    )

    await expect.poll(() => bed.topics.read.analysisFailed.length, PATIENCE).toBe(bad.length)
    await expect.poll(bed.analyzed, PATIENCE).toBe(bad.length)
    expect(new Set(insightIds()).size).toBe(bad.length)
    for (const { event, record } of bed.topics.read.analysisFailed) {
      const example = bad[Number(lastHeader(record.headers, 'x-example'))]
      expect(event).toMatchObject({ class: example?.expect.class, retryable: example?.expect.retryable, attempts: 0 })
      expect(event.original.value).toEqual(example?.toWire(writerId))
      expect(event.original.key?.toString()).toBe(badKey)
    }
    await expect.poll(bed.lag, PATIENCE).toBe(0)
    expect(analyzer.crashes).toEqual([])
  })

  test('two conversations under one key, and one without: invalid, with a sentence; under its own key it is analysed', async () => {
    const simulator = bed.kept(await startSimulator())
    const analyzer = bed.kept(await startAnalyzer({ ...bed.context.env, GROK_BASE_URL: simulator.url }))
    const [good, other] = [conversation('good'), conversation('other')]
    const value = bed.topics.codec.encode('conversationsReceived', other)
    await bed.topics.publish([
      { key: good.conversation_id, value, headers: [] },
      { key: null, value, headers: [] },
    ])
    await bed.topics.send([good])

    await expect.poll(() => bed.topics.read.analysisFailed.length, PATIENCE).toBe(2)
    await expect.poll(insightIds, PATIENCE).toEqual([good.conversation_id])
    for (const { event } of bed.topics.read.analysisFailed)
      expect(event).toMatchObject({
        class: 'invalid',
        retryable: false,
        conversation_id: other.conversation_id,
        problem: { detail: expect.stringContaining('must be the conversation_id, ') as string },
      })
    await expect.poll(bed.lag, PATIENCE).toBe(0)
    expect(analyzer.crashes).toEqual([])
  })

  test('(I2) compressed topics are read, each in another codec, signals too; what a transaction aborted is not', async () => {
    const { kafka, topic, codec } = bed.topics
    const { prefix } = bed.context
    await compressTopic(kafka, 'conversationsReceived', { prefix, codec: 'zstd' })
    await compressTopic(kafka, 'analyzerSignals', { prefix, codec: 'lz4' })
    await compressTopic(kafka, 'insightsProduced', { prefix, codec: 'snappy' })
    await compressTopic(kafka, 'analysisFailed', { prefix, codec: 'gzip' })
    const simulator = bed.kept(await startSimulator())
    const analyzer = bed.kept(await startAnalyzer({ ...bed.context.env, GROK_BASE_URL: simulator.url }))
    const transactionalId = `${prefix}producer`
    const producer = kafka.newClient().producer({ transactionalId, idempotent: true, maxInFlightRequests: 1 })
    await producer.connect()
    const sendAndEnd = async (name: string, end: 'abort' | 'commit') => {
      const transaction = await producer.transaction()
      const value = codec.encode('conversationsReceived', conversation(name))
      await transaction.send({ topic, messages: [{ key: conversation(name).conversation_id, value }] })
      await transaction[end]()
    }
    await sendAndEnd('aborted', 'abort')
    await sendAndEnd('committed', 'commit')
    await producer.disconnect()
    await bed.topics.send(conversations('compressed', 40))
    await bed.topics.publish([{ key: 'garbage', value: Buffer.from('garbage'), headers: [] }])

    await expect.poll(bed.analyzed, PATIENCE).toBe(41)
    await expect.poll(bed.lag, PATIENCE).toBe(0)
    expect(insightIds()).not.toContain(conversation('aborted').conversation_id)
    expect(bed.topics.read.analysisFailed.map(({ event }) => event.class)).toEqual(['undecodable'])
    expect(analyzer.crashes).toEqual([])
  })

  test('(I7) what is published again keeps the age of its first record, does not expire for it, and fails as the same failure', async () => {
    const simulator = bed.kept(await startSimulator())
    const analyzer = bed.kept(await startAnalyzer({ ...bed.context.env, GROK_BASE_URL: simulator.url }))
    const { topic, codec, publish, read } = bed.topics
    const twoDaysAgo = Date.now() - 2 * 24 * 60 * 60 * 1000
    const first = { topic, partition: 11, offset: 7, appended_at: twoDaysAgo }
    const header = firstOriginHeader(first)
    const good = conversation('again')
    const key = good.conversation_id
    const value = codec.encode('conversationsReceived', good)
    const stale = { name: '__dlq.errors.offset', value: Buffer.from('7') }
    const noOrigin = { name: FIRST_ORIGIN, value: Buffer.from('{"offset":"7"}') }
    await publish([
      { key, value, headers: [header] },
      { key, value: Buffer.from('garbage'), headers: [header, stale] },
      { key, value, headers: [noOrigin] },
    ])

    await expect.poll(bed.analyzed, PATIENCE).toBe(1)
    await expect.poll(() => read.analysisFailed.length, PATIENCE).toBe(2)
    await expect.poll(() => read.analysisStarted.length, PATIENCE).toBe(1)
    const [insight] = read.insightsProduced
    expect(insight?.event.origin).toEqual(first)
    expect(lastHeader(insight?.record.headers ?? [], FIRST_ORIGIN)).toEqual(header.value)
    expect(read.analysisStarted[0]?.event.items).toMatchObject([{ origin: first }])
    const failed = (name: string) => read.analysisFailed.find(({ event }) => event.class === name)
    const garbage = failed('undecodable')
    expect(garbage?.event).toMatchObject({
      origin: first,
      failure_id: failureId(first, 'undecodable'),
      original: { headers: [header, stale] },
    })
    const said = garbage?.record.headers.filter(isDeadLetterHeader) ?? []
    expect(Object.fromEntries(said.map(({ name, value }) => [name, String(value)]))).toMatchObject({
      '__dlq.errors.topic': topic,
      '__dlq.errors.partition': String(garbage?.record.partition), // of the same key, in as many partitions
      '__dlq.errors.offset': '1',
      '__dlq.errors.group': `${bed.context.prefix}analyzer`,
      '__dlq.errors.delivery.count': '1',
    })
    expect(said).toHaveLength(6)
    expect(failed('invalid')?.event).toMatchObject({
      conversation_id: key,
      origin: { topic, offset: 2 },
      problem: { detail: expect.stringContaining(`the header ${FIRST_ORIGIN} must be a JSON object`) as string },
      original: { value, headers: [noOrigin] },
    })
    await expect.poll(bed.lag, PATIENCE).toBe(0)
    expect(analyzer.crashes).toEqual([])
  })

  test("(I8) a stranger's schema, its bytes, and more messages than are taken end as failures; good records behind are served", async () => {
    const simulator = bed.kept(await startSimulator())
    const env = { ...bed.context.env, GROK_BASE_URL: simulator.url, MAX_MESSAGES: '3' }
    const analyzer = bed.kept(await startAnalyzer(env))
    const registryUrl = bed.context.env['SCHEMA_REGISTRY_URL'] ?? ''
    const schemaId = await registerHostile(registryUrl, `${bed.context.prefix}strangers-value`)
    const hostile = writeHeader(Buffer.alloc(HEADER_BYTES + 2), schemaId)
    const id = idInFirstPartition('good')
    const good = { ...conversation('good'), conversation_id: id, messages: conversation('good').messages.slice(0, 1) }
    const [message] = good.messages
    const long = {
      ...good,
      conversation_id: idInFirstPartition('long'),
      messages: Array(4).fill(message) as typeof good.messages,
    }
    await bed.topics.publish([{ key: id, value: hostile, headers: [] }])
    await bed.topics.send([long, good])

    await expect.poll(insightIds, PATIENCE).toEqual([good.conversation_id])
    await expect.poll(() => bed.topics.read.analysisFailed.length, PATIENCE).toBe(2)
    const failed = bed.topics.read.analysisFailed.map(({ event }) => event)
    expect(failed.find(({ class: name }) => name === 'undecodable')?.original.value).toEqual(hostile)
    expect(failed.find(({ class: name }) => name === 'too_large')).toMatchObject({
      conversation_id: long.conversation_id,
      problem: { detail: '4 messages, at most 3 are taken (MAX_MESSAGES)' },
    })
    await expect.poll(bed.lag, PATIENCE).toBe(0)
    expect(analyzer.crashes).toEqual([])
  })

  test('(I2) garbage under headers of any name ends as it came, and the good record behind it is analysed', async () => {
    const simulator = bed.kept(await startSimulator())
    const analyzer = bed.kept(await startAnalyzer({ ...bed.context.env, GROK_BASE_URL: simulator.url }))
    const garbage = Buffer.from([0xff, 0x00, 0x17])
    const large = Buffer.alloc(1_900_000, 'h')
    const value = bed.topics.codec.encode('conversationsReceived', conversation('good'))
    const key = conversation('good').conversation_id
    await bed.topics.publish([{ key, value: garbage, headers: HOSTILE_HEADERS }])
    await bed.topics.publish([{ key, value, headers: [{ name: 'h', value: large }] }])
    await bed.topics.publish([{ key, value, headers: HOSTILE_HEADERS }])

    await expect.poll(bed.analyzed, PATIENCE).toBe(1)
    const [insight] = bed.topics.read.insightsProduced
    expect(insight?.event.conversation_id).toBe(conversation('good').conversation_id)
    expect(insight?.record.headers).toEqual([...HOSTILE_HEADERS, ...OWN_HEADERS])
    await expect.poll(() => bed.topics.read.analysisFailed.length, PATIENCE).toBe(2)
    const failures = bed.topics.read.analysisFailed.toSorted((a, b) => a.event.origin.offset - b.event.origin.offset)
    const [undecodable, tooLarge] = failures
    expect(undecodable?.event).toMatchObject({ class: 'undecodable', retryable: false })
    expect(undecodable?.event.original).toEqual({
      key: Buffer.from(key),
      value: garbage,
      headers: HOSTILE_HEADERS,
    })
    expect(undecodable?.record.headers.filter((header) => !isDeadLetterHeader(header))).toEqual([
      ...HOSTILE_HEADERS,
      ...OWN_HEADERS,
    ])
    expect(tooLarge?.event).toMatchObject({ class: 'too_large', retryable: false, attempts: 0 })
    expect(tooLarge?.event.original.value).toEqual(value)
    expect(tooLarge?.event.original.headers).toEqual([{ name: 'h', value: large }])
    await expect.poll(bed.lag, PATIENCE).toBe(0)
    expect(analyzer.crashes).toEqual([])
  })

  test('calls that fail charge no conversation and lose none: 401, 503, a reset, HTML and a 429, one after the other', async () => {
    const simulator = bed.kept(await startSimulator())
    const seen = Promise.withResolvers<void>()
    const script: ((response: ServerResponse) => void)[] = [
      (response) => response.writeHead(401).end('{"code":"x","error":"no key"}'),
      // The probe: while it has no answer, calls are held for what was before it.
      (response) =>
        void seen.promise.then(() => response.writeHead(503).end('{"error":"The service is currently unavailable"}')),
      (response) => response.destroy(),
      (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
      (response) => response.writeHead(429, { 'retry-after': '1' }).end('{"error":"Too many requests for team"}'),
    ]
    const proxy = bed.kept(
      await startProxy(simulator.url, (request, response) => {
        const fault = script.shift()
        if (fault === undefined) return false
        request.resume().once('end', () => fault(response))
        return true
      }),
    )
    const analyzer = bed.kept(
      await startAnalyzer({
        ...bed.context.env,
        GROK_BASE_URL: proxy.url,
        PROBE_SECONDS: '0.5',
        BACKOFF_SECONDS: '0.1',
      }),
    )
    await bed.topics.send(conversations('w', 40))
    await expect.poll(() => analyzer.metric('insights_analyzer_paused{reason="api_key"}'), PATIENCE).toBe(1)
    expect(await analyzer.ready()).toMatchObject({
      ok: false,
      checks: { pauses: expect.stringMatching(/^work is held back: api_key: HTTP 401/) as string },
    })
    seen.resolve()

    await expect.poll(bed.analyzed, PATIENCE).toBe(40)
    expect(bed.topics.read.insightsProduced.every(({ event }) => event.attempts === 1)).toBe(true)
    expect(bed.topics.read.analysisFailed).toEqual([])
    for (const outcome of ['api_key', 'unavailable', 'network', 'rate_limited'])
      expect(await analyzer.metric(`insights_grok_calls_total{outcome="${outcome}"}`), outcome).toBe(1)
    await expect.poll(() => analyzer.ready(), PATIENCE).toMatchObject({ ok: true })
  })

  test('(I2) every call of two analyzers is refused with a 400 for a while: both hold, few calls are spent, and no conversation is charged', async () => {
    const simulator = bed.kept(await startSimulator())
    let [refusing, refused] = [true, 0]
    const proxy = bed.kept(
      await startProxy(simulator.url, (request, response) => {
        if (!refusing) return false
        refused++
        request.resume()
        response.writeHead(400, { 'content-type': 'application/json' })
        response.end('{"code":"invalid-argument","error":"Invalid request content."}')
        return true
      }),
    )
    const env = { ...bed.context.env, GROK_BASE_URL: proxy.url, PROBE_SECONDS: '1', BACKOFF_SECONDS: '0.2' }
    const both = await Promise.all([startAnalyzer(env), startAnalyzer(env)])
    for (const analyzer of both) bed.kept(analyzer)
    await bed.topics.send(conversations('operator', 200))
    for (const analyzer of both)
      await expect.poll(() => analyzer.metric('insights_analyzer_paused{reason="request"}'), PATIENCE).toBe(1)
    // Only probes from now on: one of both in a second.
    const spent = refused
    await expect.poll(() => refused, PATIENCE).toBeGreaterThan(spent + 2)
    expect(bed.topics.read.insightsProduced).toEqual([])
    refusing = false
    await expect.poll(bed.analyzed, PATIENCE).toBe(200)
    expect(bed.topics.read.analysisFailed).toEqual([])
    expect(refused).toBeLessThan(60)
    for (const analyzer of both) await expect.poll(() => analyzer.ready(), PATIENCE).toMatchObject({ ok: true })
  })

  test('while the registry is away nothing is dead-lettered: the start waits, a new schema waits, and both go on by themselves', async () => {
    const simulator = bed.kept(await startSimulator())
    let away = true
    const registry = bed.kept(
      await startProxy(bed.context.env['SCHEMA_REGISTRY_URL'] ?? '', (request) => {
        if (away) request.socket.destroy()
        return away
      }),
    )
    const env = { ...bed.context.env, SCHEMA_REGISTRY_URL: registry.url, GROK_BASE_URL: simulator.url }
    const analyzer = bed.kept(await startAnalyzer(env))
    await bed.topics.send(conversations('before', 5))
    await expect.poll(async () => (await analyzer.ready()).checks['schemas'], PATIENCE).toContain('schema registry')
    away = false
    await expect.poll(bed.analyzed, PATIENCE).toBe(5)

    away = true
    const unknown = badExamples('conversationsReceived').find(({ name }) => name === 'unknown-schema-id')
    const after = conversation('after')
    await bed.topics.publish([{ key: after.conversation_id, value: unknown?.toWire(0) ?? null, headers: [] }])
    await bed.topics.send([after])
    await expect.poll(() => analyzer.metric('insights_analyzer_paused{reason="registry"}'), PATIENCE).toBe(1)
    // Other partitions go on: their schema is known.
    await bed.topics.send(conversations('beside', 30))
    await expect.poll(() => bed.topics.read.insightsProduced.length, PATIENCE).toBeGreaterThan(20)
    expect(bed.topics.read.analysisFailed).toEqual([])
    expect(insightIds()).not.toContain(after.conversation_id)

    away = false
    await expect.poll(bed.analyzed, PATIENCE).toBe(36)
    await expect.poll(() => bed.topics.read.analysisFailed.length, PATIENCE).toBe(1)
    expect(bed.topics.read.analysisFailed[0]?.event).toMatchObject({ class: 'undecodable', retryable: true })
    await expect.poll(bed.lag, PATIENCE).toBe(0)
    expect(analyzer.crashes).toEqual([])
  })

  test('(I9) a schema that the registry gives no one, although it answers for others, holds the records behind it for a bounded time, and says so', async () => {
    const simulator = bed.kept(await startSimulator())
    const registryUrl = bed.context.env['SCHEMA_REGISTRY_URL'] ?? ''
    const schemaId = await registerHostile(registryUrl, `${bed.context.prefix}strangers-value`)
    const registry = bed.kept(
      await startProxy(registryUrl, (request, response) => {
        const isRefused = request.url?.endsWith(`/schemas/ids/${schemaId}`) === true
        if (isRefused) response.writeHead(403, { 'content-type': 'application/json' }).end('{"message":"forbidden"}')
        return isRefused
      }),
    )
    const wait = { SCHEMA_REGISTRY_URL: registry.url, SCHEMA_WAIT_SECONDS: '2' }
    const analyzer = bed.kept(await startAnalyzer({ ...bed.context.env, ...wait, GROK_BASE_URL: simulator.url }))
    const good = conversation('behind')
    const held = writeHeader(Buffer.alloc(HEADER_BYTES + 2), schemaId)
    await bed.topics.publish([{ key: good.conversation_id, value: held, headers: [] }])
    await bed.topics.send([good])
    await expect.poll(() => analyzer.metric('insights_analyzer_paused{reason="schema"}'), PATIENCE).toBe(1)
    const said = new RegExp(`: schema: partition \\d+, offset 0: schema ${schemaId}: .*HTTP 403: forbidden`)
    expect((await analyzer.ready()).checks['pauses']).toMatch(said)

    await expect.poll(insightIds, PATIENCE).toEqual([good.conversation_id])
    await expect.poll(() => bed.topics.read.analysisFailed.length, PATIENCE).toBe(1)
    expect(bed.topics.read.analysisFailed[0]?.event).toMatchObject({
      class: 'undecodable',
      retryable: true,
      original: { value: held },
    })
    expect(await analyzer.metric('insights_analyzer_paused{reason="schema"}')).toBe(0)
    await expect.poll(bed.lag, PATIENCE).toBe(0)
    expect(analyzer.crashes).toEqual([])
  })

  test('(I2) a planned stop finishes the calls in flight and repeats nothing: the next one goes on behind them', async () => {
    const simulator = bed.kept(await startSimulator({ latencyMs: 600 }))
    const env = { ...bed.context.env, GROK_BASE_URL: simulator.url }
    const first = await startAnalyzer(env)
    await bed.topics.send(conversations('s', 150))
    await expect.poll(async () => (await simulator.stats()).in_flight, PATIENCE).toBeGreaterThan(3)
    await first.stop()
    const answered = (await first.metric('insights_items_total{outcome="accepted"}')) ?? 0
    expect(answered).toBeGreaterThan(0)
    expect(answered).toBeLessThan(150)
    // Nothing is left of what was asked: the commits stand right behind it.
    expect(await bed.lag()).toBe(150 - answered)
    expect(first.crashes).toEqual([])
    await expect.poll(bed.analyzed, PATIENCE).toBe(answered)

    bed.kept(await startAnalyzer(env))
    await expect.poll(bed.analyzed, PATIENCE).toBe(150)
    await expect.poll(bed.lag, PATIENCE).toBe(0)
    expect(new Set(insightIds()).size).toBe(150)
    expect(bed.topics.read.analysisFailed).toEqual([])
  })

  test('(I6) an identical conversation that is posted again is answered without a call, and one at a time', async () => {
    const simulator = bed.kept(await startSimulator({ latencyMs: 300 }))
    bed.kept(await startAnalyzer({ ...bed.context.env, GROK_BASE_URL: simulator.url }))
    const once = conversation('twice')
    await bed.topics.send([once, once, { ...once, submission_id: conversation('x').submission_id }])
    await expect.poll(() => bed.topics.read.insightsProduced.length, PATIENCE).toBe(3)
    await bed.topics.send([once])
    await expect.poll(() => bed.topics.read.insightsProduced.length, PATIENCE).toBe(4)
    expect((await simulator.stats()).calls).toBe(1)
    const events = bed.topics.read.insightsProduced.map(({ event }) => event)
    expect(new Set(events.map(({ insight_id }) => insight_id)).size).toBe(1)
    expect(new Set(events.map(({ origin }) => origin.offset)).size).toBe(4)
    const paid = events.filter(({ usage }) => usage.prompt_tokens > 0)
    expect(paid).toHaveLength(1)
    await expect.poll(bed.lag, PATIENCE).toBe(0)
  })

  test("what is removed before the prompt costs no call: a shop's preview filler, and marks around inserted names", async () => {
    const simulator = bed.kept(await startSimulator())
    const fill = (text: string, index: number) =>
      index % 2 === 0 ? `${text} ${'\u034f\u200c\u00a0'.repeat(100)}` : `\u2068Ana\u2069: ${text}`
    const filled = conversations('filled', 100)
    for (const [index, { messages }] of filled.entries())
      for (const message of messages) message.text = fill(message.text, index)
    await bed.topics.send(filled)
    bed.kept(await startAnalyzer({ ...bed.context.env, GROK_BASE_URL: simulator.url }))
    await expect.poll(() => bed.topics.read.insightsProduced.length, PATIENCE).toBe(100)
    // Ten in each, but for those of the records that came first.
    expect((await simulator.stats()).calls).toBeLessThanOrEqual(13)
  })

  test('the bulk lane waits for live traffic, also where it stands before it in the partition, and is done in the end', async () => {
    const simulator = bed.kept(await startSimulator({ latencyMs: 300 }))
    bed.kept(await startAnalyzer({ ...bed.context.env, GROK_BASE_URL: simulator.url }))
    await bed.topics.send(conversations('bulk', 600), { lane: 'bulk' })
    await expect.poll(() => bed.topics.read.insightsProduced.length, PATIENCE).toBeGreaterThan(30)
    await bed.topics.send(conversations('live', 20))
    const liveDone = () => insightIds().filter((id) => id.includes('live')).length
    await expect.poll(liveDone, PATIENCE).toBe(20)
    // What bulk was answered before them, in the order of the topic: that in flight, and what the lane lets through.
    expect(insightIds().findLastIndex((id) => id.includes('live'))).toBeLessThan(400)
    await expect.poll(bed.analyzed, { ...PATIENCE, timeout: 60_000 }).toBe(620)
    await expect.poll(bed.lag, PATIENCE).toBe(0)
    expect((await simulator.stats()).repeated_items).toBe(0)
  }, 90_000)

  test('what is older than ANALYSIS_MAX_AGE is given up as expired, not before, and can be tried again', async () => {
    const simulator = bed.kept(await startSimulator())
    await simulator.configure({ faults: [{ kind: 'unavailable' }] })
    const env = { ...bed.context.env, GROK_BASE_URL: simulator.url, ANALYSIS_MAX_AGE: '8s', BACKOFF_SECONDS: '0.2' }
    const strict = bed.kept(await startAnalyzer(env))
    await bed.topics.send(conversations('old', 5))
    await expect.poll(() => bed.topics.read.analysisFailed.length, PATIENCE).toBe(5)
    for (const { event, record } of bed.topics.read.analysisFailed) {
      expect(event).toMatchObject({ class: 'expired', retryable: true, attempts: 0 })
      expect(record.appendedAt - event.origin.appended_at).toBeGreaterThan(8_000)
    }
    await expect.poll(bed.lag, PATIENCE).toBe(0)
    await simulator.configure({ faults: [] })
    await strict.stop()
    // The back-off of an outage of ten seconds may be half a minute, and never is more than one: by then they would be
    // too old again.
    bed.kept(await startAnalyzer({ ...env, ANALYSIS_MAX_AGE: '2m' }))
    await bed.topics.send(conversations('old', 5))
    await expect.poll(bed.analyzed, { ...PATIENCE, timeout: 75_000 }).toBe(5)
  }, 120_000)

  test('(I9) work that waits while nothing is settled fails liveness, a declared pause does not', async () => {
    const simulator = bed.kept(await startSimulator())
    await simulator.configure({ faults: [{ kind: 'hang_before_headers' }] })
    const env = { ...bed.context.env, GROK_BASE_URL: simulator.url, STALL_SECONDS: '3', STOP_DEADLINE_MS: '3000' }
    const hanging = bed.kept(await startAnalyzer(env))
    await bed.topics.send(conversations('hang', 3))
    await expect.poll(() => hanging.live(), PATIENCE).toMatchObject({ ok: false })
    expect(hanging.live().checks['progress']).toMatch(/records wait.* nothing settled/)
    await hanging.stop()

    await simulator.configure({ faults: [{ kind: 'wrong_key' }] })
    const paused = bed.kept(await startAnalyzer(env))
    await expect.poll(() => paused.metric('insights_analyzer_paused{reason="api_key"}'), PATIENCE).toBe(1)
    const since = performance.now()
    await expect.poll(() => performance.now() - since > 5_000 || !paused.live().ok, PATIENCE).toBe(true)
    expect(paused.live()).toMatchObject({ ok: true })
  })
})
