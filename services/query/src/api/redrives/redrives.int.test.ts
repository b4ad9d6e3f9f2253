import { createHash, randomUUID } from 'node:crypto'
import { spawnService } from '@insights/fixtures/spawn-service'
import { toFailureRecord } from '@insights/pipeline/to-failure-record'
import type { ApiKey } from '@insights/runtime/http/api-keys'
import { connectKafka, kafkaOptions } from '@insights/runtime/kafka/connect-kafka'
import { readToEnd } from '@insights/runtime/kafka/consume/read-to-end'
import { createPublisher } from '@insights/runtime/kafka/publisher'
import { detach, type ConsumedRecord } from '@insights/runtime/kafka/records'
import { createLogger } from '@insights/runtime/logger'
import { monotonicMs } from '@insights/runtime/monotonic'
import { pause } from '@insights/runtime/pause'
import { createCodec } from '@insights/schemas/codec'
import { firstOriginOf } from '@insights/schemas/events/first-origin'
import { topicName } from '@insights/schemas/topics'
import { testContext } from '@insights/stack/test-context'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { readQueryConfig } from '../../config.ts'
import { createLazyPublisher } from '../publishing/lazy-publisher.ts'
import { openDatabase } from '../reading/open-database.ts'
import { serveForTests } from '../serve.fixture.ts'
import { createRedriver, type Redriver } from './create-redriver.ts'
import type { Redrive } from './redrive.ts'
import { createRedrivesTable } from './redrives-table.ts'
import { RedriveRequest } from './redrive-request.ts'

/** For what comes by itself, however busy the machine is. */
const soon = { timeout: 30_000 }

const context = await testContext('query-redrives')
const config = readApiConfig()
const log = createLogger({ service: 'test', level: 'silent' })
const kafka = connectKafka({ clientId: 'test', log, ...kafkaOptions(config) })
const codec = createCodec({ registryUrl: config.SCHEMA_REGISTRY_URL, prefix: context.prefix })
const publisher = createPublisher({ kafka, log })
const pool = new pg.Pool({ connectionString: config.DATABASE_URL, max: 2 })
const database = openDatabase({ url: config.DATABASE_URL, maxConnections: 4, statementTimeoutMs: 10_000 })
const table = createRedrivesTable(database)
const producer = createLazyPublisher({ config, log, timeoutMs: 5_000 })
const received = topicName('conversationsReceived', context.prefix)
let redriver: Redriver

function readApiConfig() {
  const { api } = readQueryConfig({ ...context.env, ROLE: 'api' })
  if (api === null) throw new Error('the role is api')
  return api
}
const newRedriver = (changes: Partial<typeof config> = {}) =>
  createRedriver({
    table,
    publish: producer.publish,
    config: { ...config, ...changes },
    log,
    clock: { now: monotonicMs, pause },
    newId: randomUUID,
  })
/** The API in this process; `redriver` may be replaced, as by another process. */
const app = serveForTests(database, {
  redrives: table,
  redriver: { begin: (...request) => redriver.begin(...request), stop: () => redriver.stop() },
})

beforeAll(async () => {
  await codec.load()
  await publisher.start()
  redriver = newRedriver()
})
afterEach(async () => {
  await redriver.stop()
  await pool.query('truncate redrives')
  redriver = newRedriver()
})
afterAll(async () => {
  await app.close()
  await producer.stop()
  await publisher.stop()
  await database.close()
  await pool.end()
  await context.stop()
})

/** Records of `analysis.failed`, as an analyzer writes them: of submissions of an hour ago, or of these records. */
async function fail(ids: readonly string[], copies: readonly ConsumedRecord[] = []): Promise<void> {
  const failures = ids.map((id, offset) => {
    // Of a partition that is not there: its offsets are not those of copies.
    const place = { topic: received, partition: 99, offset, appendedAt: Date.now() - 3_600_000 }
    const record = copies.find(({ key }) => String(key) === id) ?? {
      ...place,
      key: Buffer.from(id),
      value: codec.encode('conversationsReceived', {
        conversation_id: id,
        messages: [{ author_id: null, text: 'hello', timestamp: null, inbound: true }],
        metadata: '{}',
        source: 'test',
        submission_id: randomUUID(),
      }),
      headers: [],
    }
    const first = firstOriginOf(record)
    if (first.kind !== 'ok') throw new Error('it is an origin')
    return toFailureRecord(
      {
        record,
        origin: first.origin,
        class: 'expired',
        title: 'Too old',
        detail: 'a test',
        retryable: true,
        conversationId: id,
        attempts: 1,
      },
      {
        encode: codec.encode,
        prefix: context.prefix,
        groupId: 'test',
        now: Date.now,
        randomBytes: (size) => Buffer.alloc(size, 1),
      },
    )
  })
  expect(await publisher.publish(failures)).toEqual({ ok: true })
}

const erase = (id: string) =>
  publisher.publish([{ topic: topicName('insightsProduced', context.prefix), key: id, value: null, headers: [] }])

/** What was published again, by the conversations whose ids begin so. */
async function publishedOf(name: string): Promise<ConsumedRecord[]> {
  const records: ConsumedRecord[] = []
  await readToEnd({ kafka, log, topic: received, onRecords: (batch) => void records.push(...batch.map(detach)) })
  return records.filter(({ key }) => String(key).startsWith(name))
}
const keysOf = (records: readonly ConsumedRecord[]) => records.map(({ key }) => String(key)).toSorted()
const idsOf = (name: string, count: number) =>
  Array.from({ length: count }, (_, i) => `${name}-${String(i).padStart(3, '0')}`)

const post = (payload: object) => app.inject({ method: 'POST', url: '/api/v1/redrives', payload })
async function begin(payload: object): Promise<string> {
  const answer = await post(payload)
  expect(answer.statusCode, answer.body).toBe(202)
  const { id } = answer.json<Redrive>()
  expect(answer.headers['location']).toBe(`/api/v1/redrives/${id}`)
  return `/api/v1/redrives/${id}`
}
const read = async (location: string) => (await app.inject(location)).json<Redrive>()
async function ended(location: string): Promise<Redrive> {
  await expect.poll(async () => (await read(location)).status, soon).not.toBe('running')
  return read(location)
}
const WAITING = 'it was published again, and has not failed since'

describe('POST /api/v1/redrives', () => {
  test('(I2) a dry run, a run and its status agree; a second run sends nothing twice, and what failed once more is sent again', async () => {
    const [erased = '', ...due] = idsOf('agree', 4)
    await fail([erased, ...due])
    await erase(erased)
    const filter = { class: 'expired', conversation_id: [erased, ...due, 'agree-gone'], since: '2026-01-01' }
    const alone = [{ reason: 'the conversation was erased since', count: 1 }]

    const dry = await ended(await begin({ filter, dry_run: true }))
    expect(dry).toMatchObject({
      status: 'completed',
      reason: null,
      dry_run: true,
      filter: { class: ['expired'], since: '2026-01-01T00:00:00.000Z', until: null },
      counts: {
        found: 4,
        published: 0,
        left: 1,
        remaining: 3,
        planned_by_class: { expired: 3 },
        left_by_reason: alone,
      },
      estimate: { calls: 1, cap_seconds: 0.105, assumes: { batch_size: 10, outbound_rps: 10, model: 'grok-4.3' } },
    })
    expect(dry.counts?.not_found).toEqual(['agree-gone'])
    expect(dry.estimate?.cost_usd).toBeGreaterThan(0)
    expect(await publishedOf('agree')).toEqual([])

    const done = await ended(await begin({ filter, rate: 1000 }))
    expect(done).toMatchObject({
      status: 'completed',
      dry_run: false,
      counts: {
        found: 4,
        published: 3,
        left: 1,
        remaining: 0,
        published_by_class: { expired: 3 },
        left_by_reason: alone,
      },
      estimate: dry.estimate,
    })
    const copies = await publishedOf('agree')
    expect(keysOf(copies)).toEqual(due)

    // No analyzer has looked at them yet.
    const second = await ended(await begin({ filter }))
    expect(second.counts).toMatchObject({ found: 4, published: 0, left: 4, remaining: 0 })
    expect(second.counts?.left_by_reason).toEqual([{ reason: WAITING, count: 3 }, ...alone])
    expect(await publishedOf('agree')).toHaveLength(3)

    await fail(due.slice(0, 1), copies)
    const third = await ended(await begin({ filter }))
    expect(third.counts).toMatchObject({ found: 5, published: 1 })
    expect(keysOf(await publishedOf('agree'))).toEqual([...due, due[0]].toSorted())

    const list = (await app.inject('/api/v1/redrives?limit=2')).json<{ data: Redrive[] }>()
    expect(list.data.map(({ id }) => id)).toEqual([third.id, second.id])
  })

  test('(I2) a stop of the process says so, and posted again each record is published once in all', async () => {
    const ids = idsOf('stop', 60)
    await fail(ids)
    const location = await begin({ filter: { conversation_id: ids }, rate: 3 })
    await expect.poll(async () => (await publishedOf('stop')).length, soon).toBeGreaterThan(1)
    await redriver.stop()
    const stopped = await read(location)
    expect(stopped).toMatchObject({ status: 'stopped', reason: expect.stringContaining('post it again') as string })
    const { published = 0, remaining } = stopped.counts ?? {}
    expect(published).toBeLessThan(ids.length)
    expect(remaining).toBe(ids.length - published)
    expect(await publishedOf('stop')).toHaveLength(published)

    redriver = newRedriver()
    const done = await ended(await begin({ filter: { conversation_id: ids }, rate: 1000 }))
    expect(done.counts).toMatchObject({ published: ids.length - published, left: published, remaining: 0 })
    expect(keysOf(await publishedOf('stop'))).toEqual(ids)
  })

  test('(I2) after a kill -9 in the middle, posted again, each record is published once in all', async () => {
    const ids = idsOf('kill', 60)
    await fail(ids)
    const body = JSON.stringify({ filter: { conversation_id: ids }, rate: 3 })
    await using process = await spawnService('query', { ...context.env, ROLE: 'api' })
    const answer = await fetch(`${process.url}/api/v1/redrives`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    })
    expect(answer.status).toBe(202)
    const { id } = (await answer.json()) as Redrive
    await expect.poll(async () => (await publishedOf('kill')).length, soon).toBeGreaterThan(1)
    await process.kill()
    expect((await publishedOf('kill')).length).toBeLessThan(ids.length)

    // It may be alive, as far as others know.
    const early = await post(JSON.parse(body) as object)
    expect([early.statusCode, early.headers['retry-after'], early.json<{ running: string }>().running]).toEqual([
      409,
      '5',
      id,
    ])
    await pool.query("update redrives set updated_at = updated_at - interval '31 s'")
    expect(await read(`/api/v1/redrives/${id}`)).toMatchObject({
      status: 'stopped',
      reason: 'the process that ran it is gone; post it again: what was published is not published twice',
    })
    const done = await ended(await begin({ ...(JSON.parse(body) as object), rate: 1000 }))
    expect(done.counts).toMatchObject({ found: 60, remaining: 0 })
    expect(keysOf(await publishedOf('kill'))).toEqual(ids)
    expect(await read(`/api/v1/redrives/${id}`)).toMatchObject({ status: 'stopped' })
  })

  test('(I2) a run that was silent for too long and lost its turn publishes no more', async () => {
    const ids = idsOf('lost', 40)
    await fail(ids)
    let asleep = 0
    const awake = Promise.withResolvers<void>()
    // As a process that is paused: it says nothing, and then its time jumps.
    const paused = createRedriver({
      table: { ...table, track: async (...said) => (asleep > 0 && (await awake.promise), table.track(...said)) },
      publish: producer.publish,
      config,
      log,
      clock: { now: () => monotonicMs() + asleep, pause },
      newId: randomUUID,
    })
    redriver = paused
    const first = await begin({ filter: { conversation_id: ids }, rate: 3 })
    await expect.poll(async () => (await publishedOf('lost')).length, soon).toBeGreaterThan(1)
    asleep = 40_000
    await pool.query("update redrives set updated_at = updated_at - interval '31 s'")
    redriver = newRedriver()
    const done = await ended(await begin({ filter: { conversation_id: ids }, rate: 1000 }))
    expect(done).toMatchObject({ status: 'completed', counts: { found: 40, remaining: 0 } })
    awake.resolve()
    await paused.stop()
    expect(await read(first)).toMatchObject({ status: 'stopped' })
    expect(keysOf(await publishedOf('lost'))).toEqual(ids)
  })

  test('what cannot be reached is a failed run with a sentence, not a request that fails', async () => {
    redriver = newRedriver({ KAFKA_BROKERS: ['127.0.0.1:1'] })
    const failed = await ended(await begin({ filter: { retryable: true } }))
    expect(failed).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('Kafka cannot be reached') as string,
      counts: null,
      estimate: null,
    })
  })

  test('a filter that is misspelt, empty, or selects everything is refused by name', async () => {
    const at = async (payload: object) => {
      const answer = await post(payload)
      const { errors = [] } = answer.json<{ errors?: { pointer: string }[] }>()
      return [answer.statusCode, ...errors.map(({ pointer }) => pointer).toSorted()]
    }
    expect(await at({})).toEqual([422, '/filter'])
    expect(await at({ filter: {} })).toEqual([422, '/filter'])
    expect(await at({ filter: { until: '2026-01-01' } })).toEqual([422, '/filter'])
    expect(await at({ filter: { clas: 'expired' } })).toEqual([422, '/filter', '/filter/clas'])
    expect(await at({ filter: { class: 'expried', failure_id: 'x', since: 'soon' }, rate: 0 })).toHaveLength(5)
    expect(await at({ filter: { since: '2026-01-02', until: '2026-01-02' } })).toEqual([422, '/filter/until'])
    expect(await at({ filter: { retryable: true }, dryrun: true })).toEqual([422, '/dryrun'])
    expect(await at({ filter: { retryable: true }, rate: 1e-9 })).toEqual([422, '/rate'])
    expect((await app.inject(`/api/v1/redrives/${randomUUID()}`)).statusCode).toBe(404)
  })

  test('with API_KEYS only a key with the scope admin may, and its name is told', async () => {
    const key = (name: string, scopes: ApiKey['scopes']): ApiKey => ({
      name,
      sha256: createHash('sha256').update(name).digest('hex'),
      scopes,
    })
    const apiKeys = [key('operator', ['admin']), key('reader', ['read', 'ingest'])]
    const guarded = serveForTests(database, { apiKeys, redrives: table, redriver })
    const payload = { filter: { failure_id: randomUUID() } }
    const ask = (name: string | null, method: 'POST' | 'GET' = 'POST') =>
      guarded.inject({
        method,
        url: '/api/v1/redrives',
        ...(method === 'POST' && { payload }),
        headers: name === null ? {} : { authorization: `Bearer ${name}` },
      })
    expect([(await ask(null)).statusCode, (await ask('reader')).statusCode]).toEqual([401, 403])
    expect((await ask('reader', 'GET')).statusCode).toBe(403)
    const begun = await ask('operator')
    expect([begun.statusCode, begun.json<Redrive>().requested_by]).toEqual([202, 'operator'])
    await guarded.close()
  })

  test('(I2) of redrives that begin at the same moment in several processes one begins, and the others are told', async () => {
    const request = RedriveRequest.parse({ filter: { class: 'invalid' } })
    for (let round = 0; round < 20; round++) {
      const begun = await Promise.all(Array.from({ length: 4 }, () => table.begin(randomUUID(), request, null)))
      const [id, ...others] = begun.flatMap((row) => row?.id ?? [])
      expect(others).toEqual([])
      if (id === undefined) throw new Error('none has begun')
      await table.end(id, { status: 'stopped', reason: null, counts: null, estimate: null })
    }
  })

  test('(I8) old redrives go: the newest 1,000 of the last 30 days stay', async () => {
    await pool.query(`insert into redrives (id, status, filter, dry_run, rate, created_at)
      select gen_random_uuid(), 'completed', '{}', false, 50, now() - n * interval '50 min' - interval '1 min'
        from generate_series(0, 1100) as n`)
    await table.forgetOld()
    const { rows } = await pool.query<{ count: number; old: boolean }>(
      "select count(*)::int as count, min(created_at) < now() - interval '30 days' as old from redrives",
    )
    expect(rows).toEqual([{ count: 864, old: false }])
    await pool.query("update redrives set created_at = created_at + interval '20 days'")
    await pool.query(
      `insert into redrives (id, status, filter, dry_run, rate) select gen_random_uuid(), 'failed', '{}', true, 1 from generate_series(1, 500)`,
    )
    await table.forgetOld()
    expect((await pool.query<{ count: number }>('select count(*)::int as count from redrives')).rows).toEqual([
      { count: 1000 },
    ])
  })
})
