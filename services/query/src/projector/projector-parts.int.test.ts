import { randomBytes, randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { compressTopic } from '@insights/fixtures/compress-topic'
import { groupLag } from '@insights/runtime/kafka/admin'
import { connectKafka, kafkaOptions } from '@insights/runtime/kafka/connect-kafka'
import { createConsumer } from '@insights/runtime/kafka/consume/consumer'
import { createPublisher } from '@insights/runtime/kafka/publisher'
import { lastHeader, type ConsumedRecord, type OutgoingHeader } from '@insights/runtime/kafka/records'
import { createLifecycle } from '@insights/runtime/lifecycle'
import { createLogger } from '@insights/runtime/logger'
import { createMetrics } from '@insights/runtime/metrics'
import type { AnalysisFailed } from '@insights/schemas/events/analysis-failed'
import { createCodec } from '@insights/schemas/codec'
import type { InsightProduced } from '@insights/schemas/events/insight-produced'
import { writeHeader } from '@insights/schemas/avro/wire-format'
import { topicName } from '@insights/schemas/topics'
import { testContext } from '@insights/stack/test-context'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readQueryConfig } from '../config.ts'
import { sampleInsight } from '../sample-insight.fixture.ts'
import { createProjectionSink } from './create-projection-sink.ts'
import { emptyTables } from './dump-tables.fixture.ts'
import { projectorParts } from './projector-parts.ts'

/** For what comes by itself, however busy the machine is. */
const soon = { timeout: 20_000 }

const context = await testContext('query-consume-events')
const config = readProjectorConfig()
const log = createLogger({ service: 'projector', level: 'silent' })
const kafka = connectKafka({ clientId: 'query-test', log, ...kafkaOptions(config) })
const codec = createCodec({ registryUrl: config.SCHEMA_REGISTRY_URL, prefix: context.prefix })
const publisher = createPublisher({ kafka, log })
const pool = new pg.Pool({ connectionString: config.DATABASE_URL, max: 2 })
const lifecycle = createLifecycle({ log, stopDeadlineMs: 20_000 })
const crashes: unknown[] = []
/** What the projector logs, line by line. */
const warnings: string[] = []
const destination = { write: (line: string) => void warnings.push(line) }
const produced = topicName('insightsProduced', context.prefix)
const failed = topicName('analysisFailed', context.prefix)

beforeAll(async () => {
  await codec.load()
  await publisher.start()
  await compressTopic(kafka, 'insightsProduced', { prefix: context.prefix, codec: 'lz4' })
  const crash = (error: unknown) => void crashes.push(error)
  await lifecycle.start(
    projectorParts(config, {
      log: createLogger({ service: 'projector', level: 'warn', destination }),
      version: 'test',
      crash,
    }),
  )
})
afterAll(async () => {
  await lifecycle.stop()
  await publisher.stop()
  await pool.end()
  await context.stop()
})

function readProjectorConfig() {
  const { projector } = readQueryConfig({ ...context.env, ROLE: 'projector', PROJECTOR_PORT: '0' })
  if (projector === null) throw new Error('the role is projector')
  return projector
}

let submissions = 0
const submit = (conversation_id: string, changes: Partial<InsightProduced> = {}): InsightProduced => {
  submissions++
  const origin = { topic: 'conversations.received', partition: 0, offset: submissions, appended_at: Date.now() }
  return sampleInsight({
    conversation_id,
    insight_id: randomUUID(),
    reasoning: `submission ${submissions}`,
    origin,
    ...changes,
  })
}

async function publish(key: string, value: Buffer | null, headers: OutgoingHeader[] = []): Promise<void> {
  expect(await publisher.publish([{ topic: produced, key, value, headers }])).toEqual({ ok: true })
}
const publishInsight = async (insight: InsightProduced, headers?: OutgoingHeader[]) =>
  publish(insight.conversation_id, codec.encode('insightsProduced', insight), headers)

async function reasoningOf(conversation: string): Promise<string | null> {
  const { rows } = await pool.query<{ reasoning: string }>(
    'select reasoning from insights where conversation_id = $1',
    [conversation],
  )
  return rows[0]?.reasoning ?? null
}

/** The whole tables with the transactions that wrote them: equal means that nothing was written again. */
const dump = async () => [
  ...(await pool.query('select xmin::text, * from insights order by conversation_id')).rows,
  ...(await pool.query('select xmin::text, * from usage_by_day order by day, model')).rows,
]

/** A group that never read has the whole topic before it. */
const lag = async (topic: string, group: string) =>
  (await groupLag(kafka, group, [topic])).reduce((sum, partition) => sum + partition.lag, 0)

/** Reads a topic from its beginning until `count` records have come. */
async function readTopic(topic: string, count: number): Promise<ConsumedRecord[]> {
  const records: ConsumedRecord[] = []
  const done = Promise.withResolvers<void>()
  const reader = createConsumer({
    kafka,
    log,
    groupId: `${context.prefix}reader-${randomUUID()}`,
    topics: [topic],
    onCrash: done.reject,
  })
  await reader.start({
    onBatch: async (batch) => {
      records.push(...batch.records)
      if (records.length >= count) done.resolve()
    },
  })
  await done.promise
  await reader.stop()
  return records
}

async function readFailure({ value }: ConsumedRecord): Promise<AnalysisFailed> {
  const decoded = await codec.decode('analysisFailed', value)
  if (decoded.kind !== 'ok') throw new Error(`a failure is ${decoded.kind}`)
  return decoded.value
}

/** A projector of another group, so that it begins with the first record; to test a replay or a dependency away. */
async function replay(group: string, options: { codec?: typeof codec } = {}) {
  const sink = createProjectionSink({
    facetKeys: config.FACET_KEYS,
    storeMessages: true,
    retentionDays: null,
    pool,
    metrics: createMetrics({ service: 'projector', version: 'test' }),
    kafka,
    publisher,
    codec: options.codec ?? codec,
    groupId: group,
    prefix: context.prefix,
    concurrency: 1,
    writeTimeoutMs: 30_000,
    log,
    crash: (error) => void crashes.push(error),
    now: Date.now,
    monotonic: () => performance.now(),
    random: Math.random,
    randomBytes,
  })
  const lifecycle = createLifecycle({ log, stopDeadlineMs: 20_000 })
  await lifecycle.start([sink.part])
  return { waiting: sink.waiting, stop: lifecycle.stop }
}

describe('the projector', () => {
  test('an insight in the topic is a row, and a newer submission replaces it', async () => {
    const [first, second] = [submit('conv_new'), submit('conv_new')]
    await publishInsight(first)
    await expect.poll(() => reasoningOf('conv_new'), soon).toBe(first.reasoning)
    await publishInsight(second)
    await expect.poll(() => reasoningOf('conv_new'), soon).toBe(second.reasoning)
  })

  test('(I7) the answer to an older submission that comes later changes nothing', async () => {
    const [older, newer] = [submit('conv_order'), submit('conv_order')]
    await publishInsight(newer)
    await publishInsight(older)
    await publishInsight({ ...newer, reasoning: 'the same submission, answered again' })
    await expect.poll(() => reasoningOf('conv_order'), soon).toBe('the same submission, answered again')
  })

  test('a tombstone erases the conversation, also what was submitted before it and is analysed after it', async () => {
    const [before, meanwhile] = [submit('conv_erased'), submit('conv_erased')]
    await publishInsight(before)
    await expect.poll(() => reasoningOf('conv_erased'), soon).toBe(before.reasoning)
    await publish('conv_erased', null)
    await expect.poll(() => reasoningOf('conv_erased'), soon).toBeNull()
    await publishInsight(meanwhile)
    // Same key, same partition, so this comes after: an own record later shows that the one before was passed.
    const after = submit('conv_erased', {
      origin: { topic: 'conversations.received', partition: 0, offset: 1, appended_at: Date.now() + 60_000 },
    })
    await publishInsight(after)
    await expect.poll(() => reasoningOf('conv_erased'), soon).toBe(after.reasoning)
  })

  test('(I2) records that cannot be read or stored become analysis.failed with their bytes, the good ones between them rows', async () => {
    const key = 'conv_poison'
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const headers = [
      { name: 'traceparent', value: traceparent },
      { name: 'x-own', value: 'kept' },
    ]
    const valid = codec.encode('insightsProduced', submit(key))
    const unknownId = Buffer.concat([Buffer.from([0, 0x7f, 0, 0, 1]), valid.subarray(5)])
    const bad: [Buffer, string, boolean][] = [
      [Buffer.from('garbage'), 'undecodable', false],
      [unknownId, 'undecodable', true],
      [Buffer.alloc(0), 'undecodable', false],
      [codec.encode('insightsProduced', submit('conv_other')), 'unprojectable', false],
    ]
    await publishInsight(submit(key))
    for (const [value] of bad) await publish(key, value, headers)
    const last = submit(key)
    await publishInsight(last)
    await expect.poll(() => reasoningOf(key), soon).toBe(last.reasoning)

    const records = await readTopic(failed, bad.length)
    expect(records).toHaveLength(bad.length)
    const found = await Promise.all(records.map(async (record) => ({ record, failure: await readFailure(record) })))
    // Failures of different conversations are in different partitions: their origins tell the order.
    const inOrder = found.toSorted((a, b) => a.failure.origin.offset - b.failure.origin.offset)
    expect(inOrder.map(({ failure }) => [failure.original.value, failure.class, failure.retryable])).toEqual(bad)
    for (const { failure, record } of found) {
      expect(failure.origin.topic).toBe(produced)
      expect(String(failure.original.key)).toBe(key)
      expect(String(lastHeader(failure.original.headers, 'x-own'))).toBe('kept')
      expect(String(lastHeader(record.headers, 'traceparent'))).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-/)
      expect(String(lastHeader(record.headers, 'x-own'))).toBe('kept')
      expect(String(lastHeader(record.headers, 'content-type'))).toBe('application/vnd.confluent.avro')
    }
    expect(await reasoningOf('conv_other')).toBeNull()
  })

  test('(I2) a row that Postgres refuses, for a reason that was not foreseen, is one failure and holds up none', async () => {
    await pool.query(`alter table insights add constraint no_rhyme check (reasoning not like '%rhyme%') not valid`)
    try {
      const before = await lag(failed, `${context.prefix}reader`)
      const [first, refused, last] = [
        submit('conv_first'),
        submit('conv_refused', { reasoning: 'a rhyme' }),
        submit('conv_last'),
      ]
      for (const insight of [first, refused, last]) await publishInsight(insight)
      // Alone in its batch, too: nothing beside it shows that the tables take rows.
      await expect.poll(() => lag(produced, `${context.prefix}projector`), soon).toBe(0)
      await publishInsight({ ...refused, reasoning: 'another rhyme' })
      await expect.poll(() => lag(failed, `${context.prefix}reader`), soon).toBe(before + 2)
      const failures = await Promise.all((await readTopic(failed, before + 2)).map(readFailure))
      expect(failures.filter(({ conversation_id }) => conversation_id === 'conv_refused')).toMatchObject([
        { class: 'unprojectable', retryable: true, problem: { detail: expect.stringContaining('no_rhyme') } },
        { class: 'unprojectable', retryable: true, problem: { detail: expect.stringContaining('23514') } },
      ])
      expect([
        await reasoningOf('conv_first'),
        await reasoningOf('conv_refused'),
        await reasoningOf('conv_last'),
      ]).toEqual([first.reasoning, null, last.reasoning])
    } finally {
      await pool.query('alter table insights drop constraint no_rhyme')
    }
    // A replay would store it now.
    await publish('conv_refused', null)
    await expect.poll(() => lag(produced, `${context.prefix}projector`), soon).toBe(0)
  })

  test('(I2) garbage under headers of any name ends as it came, and the good records behind it are rows', async () => {
    const key = 'conv_poison'
    const garbage = Buffer.from([0xff, 0x00, 0x17])
    const headers = [
      { name: '__proto__', value: Buffer.from('{}') },
      { name: 'twice', value: Buffer.from('first') },
      { name: 'constructor', value: null },
      { name: 'twice', value: Buffer.alloc(0) },
    ]
    const large = [{ name: 'hasOwnProperty', value: Buffer.alloc(500_000, 1) }]
    const before = await lag(failed, `${context.prefix}reader`)
    const tooMany = codec.encode('insightsProduced', submit(key))
    await publish(key, garbage, headers)
    await publish(key, tooMany, large)
    const last = submit(key)
    await publishInsight(last, headers)
    await expect.poll(() => reasoningOf(key), soon).toBe(last.reasoning)

    const failures = await Promise.all((await readTopic(failed, before + 2)).map(readFailure))
    const ofKey = failures.filter(({ original }) => String(original.key) === key)
    expect(ofKey.toSorted((a, b) => a.origin.offset - b.origin.offset).slice(-2)).toMatchObject([
      { class: 'undecodable', retryable: false, original: { value: garbage, headers } },
      { class: 'too_large', retryable: false, original: { value: tooMany, headers: large } },
    ])
    // An erasure needs no headers, so it is not lost for having too many.
    await publish(key, null, large)
    await expect.poll(() => reasoningOf(key), soon).toBeNull()
  })

  test('(I7) an insight that claims a submission of the year 9999 is unprojectable: the next one is stored, and can be erased', async () => {
    const key = 'conv_poison'
    const before = await lag(failed, `${context.prefix}reader`)
    const forged = submit(key)
    await publishInsight({ ...forged, origin: { ...forged.origin, appended_at: Date.parse('9999-12-31T23:59:59Z') } })
    const next = submit(key)
    await publishInsight(next)
    await expect.poll(() => reasoningOf(key), soon).toBe(next.reasoning)
    await publish(key, null)
    await expect.poll(() => reasoningOf(key), soon).toBeNull()
    const failures = await Promise.all((await readTopic(failed, before + 1)).map(readFailure))
    expect(failures.filter(({ problem }) => problem.detail.includes('9999-12-31T23:59:59'))).toMatchObject([
      { class: 'unprojectable', conversation_id: key, retryable: false },
    ])
  })

  test('(I5) (I7) the whole topic replayed into the same tables writes nothing', async () => {
    await expect.poll(() => lag(produced, `${context.prefix}projector`), soon).toBe(0)
    const before = await dump()
    expect(before.length).toBeGreaterThan(0)
    const group = `${context.prefix}replay`
    const replaying = await replay(group)
    await expect.poll(() => lag(produced, group), soon).toBe(0)
    await replaying.stop()
    expect(await dump()).toEqual(before)
  })

  test('(I7) the whole topic replayed into empty tables builds the same', async () => {
    const rows = async () => [
      ...(await pool.query('select * from insights order by conversation_id')).rows,
      ...(await pool.query('select * from usage_by_day order by day, model')).rows,
    ]
    const before = await rows()
    await emptyTables(pool)
    const group = `${context.prefix}rebuild`
    const rebuilding = await replay(group)
    await expect.poll(() => lag(produced, group), soon).toBe(0)
    await rebuilding.stop()
    expect(await rows()).toEqual(before)
  })

  test('(I5) while Postgres refuses, nothing is committed and nothing dead-lettered; afterwards everything is there', async () => {
    const group = `${context.prefix}projector`
    await expect.poll(() => lag(produced, group), soon).toBe(0)
    const admin = new pg.Client({ connectionString: new URL('/postgres', config.DATABASE_URL).href })
    await admin.connect()
    const name = new URL(config.DATABASE_URL).pathname.slice(1)
    pool.on('error', () => undefined)
    try {
      await admin.query(`alter database "${name}" with allow_connections false`)
      await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name])
      const waiting = submit('conv_waiting')
      await publishInsight(waiting)
      await expect.poll(() => warnings.join(''), soon).toContain('waiting, nothing is lost')
      expect(await lag(produced, group)).toBe(1)
      await admin.query(`alter database "${name}" with allow_connections true`)
      await expect.poll(() => reasoningOf('conv_waiting'), soon).toBe(waiting.reasoning)
      await expect.poll(() => lag(produced, group), soon).toBe(0)
    } finally {
      await admin.query(`alter database "${name}" with allow_connections true`)
      await admin.end()
    }
  })

  test('while the registry is away records wait, and say so; nothing is dead-lettered', async () => {
    let open = true
    const server = await listen(async (url, init) => (open ? fetch(url, init) : null))
    const group = `${context.prefix}away`
    await emptyTables(pool)
    const registryUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const shut = createCodec({ registryUrl, prefix: context.prefix })
    await shut.load()
    open = false
    // The topic has a record with an id that the registry must be asked about.
    const failures = await lag(failed, `${context.prefix}reader`)
    const waiting = await replay(group, { codec: shut })
    await expect.poll(() => waiting.waiting(), soon).toMatch(/registry/)
    expect(await lag(produced, group)).toBeGreaterThan(0)
    expect(await lag(failed, `${context.prefix}reader`)).toBe(failures)
    open = true
    await expect.poll(() => lag(produced, group), soon).toBe(0)
    expect(waiting.waiting()).toBeNull()
    expect((await pool.query('select from insights')).rowCount).toBeGreaterThan(0)
    await waiting.stop()
    server.close()
  })

  test('(I9) a schema that the registry does not give although it answers for others is waited for and told, then given up for that record alone', async () => {
    const key = 'conv_held'
    const held = writeHeader(Buffer.from(codec.encode('insightsProduced', submit(key))), 77_777_777)
    await publish(key, held)
    await publishInsight(submit(key))
    const isAsked = (url: string) => url.endsWith('/schemas/ids/77777777')
    const server = await listen(async (url, init) => (isAsked(url) ? null : fetch(url, init)))
    const registryUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const waitingCodec = createCodec({ registryUrl, prefix: context.prefix, schemaWaitMs: 1_000 })
    await waitingCodec.load()
    const group = `${context.prefix}held`
    const before = await lag(failed, `${context.prefix}reader`)
    const waiting = await replay(group, { codec: waitingCodec })
    await expect.poll(() => waiting.waiting(), soon).toMatch(/^partition \d+, offset \d+: schema 77777777: .*HTTP 503/)
    await expect.poll(() => lag(produced, group), soon).toBe(0)
    await waiting.stop()
    server.close()
    const failures = await Promise.all((await readTopic(failed, before + 1)).map(readFailure))
    expect(failures.filter(({ original }) => original.value?.equals(held))).toContainEqual(
      expect.objectContaining({ class: 'undecodable', retryable: true }),
    )
  })

  test('(I9) none of this was an unknown error', () => expect(crashes).toEqual([]))
})

/** The registry behind a door: 503 while `ask` answers null. */
async function listen(ask: (url: string, init: RequestInit) => Promise<Response | null>): Promise<Server> {
  const base = config.SCHEMA_REGISTRY_URL.replace(/\/$/, '')
  const server = createServer(async (request, response) => {
    const { method = 'GET', headers } = request
    const body = await text(request)
    const type = { 'content-type': headers['content-type'] ?? 'application/json' }
    const answer = await ask(`${base}${request.url ?? ''}`, { method, headers: type, ...(body !== '' && { body }) })
    response.writeHead(answer?.status ?? 503, { 'content-type': 'application/json' })
    response.end(answer === null ? '{}' : await answer.text())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}
