import { createCodec } from '@insights/schemas/codec'
import { topicName } from '@insights/schemas/topics'
import { conversation } from '@insights/fixtures/make-conversations'
import fc from 'fast-check'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { emptyTables } from '../../projector/dump-tables.fixture.ts'
import { cursorAfter } from '../parameters/cursor.ts'
import { serveForTests } from '../serve.fixture.ts'
import { createOriginalDecoder } from './decode-original.ts'
import { RECEIVED, sampleFailure, storeFailures } from './store-failures.fixture.ts'
import { openTestDatabase } from '../open-test-database.fixture.ts'

const { context, pool, database } = await openTestDatabase('query-failures', { writers: 2 })
const app = serveForTests(database)
afterAll(() => app.close())
beforeEach(() => emptyTables(pool))

interface Listed {
  failure_id: string
  conversation_id: string | null
  failed_at: string
}
interface Page {
  metadata: { returned_count: number; next_cursor: string | null }
  data: Listed[]
}

async function ask<T>(path: string, query: Record<string, string> = {}, server = app): Promise<T> {
  const answer = await server.inject({ url: `/api/v1/failures${path}`, query })
  if (answer.statusCode !== 200) throw new Error(answer.body)
  return answer.json<T>()
}
const refused = async (path: string, query: Record<string, string>) => {
  const answer = await app.inject({ url: `/api/v1/failures${path}`, query })
  const { errors = [] } = answer.json<{ errors?: { pointer: string }[] }>()
  return { status: answer.statusCode, at: errors.map(({ pointer }) => pointer).toSorted() }
}

/** All pages of a filter; `between` is done before each but the first. */
async function walk(
  query: Record<string, string>,
  between: () => Promise<unknown> = async () => {},
): Promise<Listed[]> {
  const found: Listed[] = []
  for (let cursor: string | null = null; ;) {
    const page: Page = await ask<Page>('', { ...query, ...(cursor !== null && { cursor }) })
    expect(page.metadata.returned_count).toBe(page.data.length)
    found.push(...page.data)
    cursor = page.metadata.next_cursor
    if (cursor === null) return found
    await between()
  }
}

describe('GET /api/v1/failures', () => {
  test('answers with exactly the fields of the contract', async () => {
    const failure = sampleFailure(7, { conversation_id: null, original: { key: null, value: null, headers: [] } })
    await storeFailures(pool, [failure])
    expect(await ask('')).toEqual({
      metadata: { returned_count: 1, next_cursor: null },
      data: [
        {
          failure_id: failure.failure_id,
          conversation_id: null,
          class: 'expired',
          problem: { type: 'urn:test', title: 'Too old', detail: 'a test' },
          attempts: 1,
          retryable: true,
          failed_at: '2026-03-01T10:00:00.007Z',
          origin: { topic: RECEIVED, partition: 3, offset: 7, appended_at: '2026-03-01T10:00:00.000Z' },
        },
      ],
    })
  })

  const classes = ['expired', 'unsafe', 'undecodable'] as const
  const types = ['urn:a', 'urn:b', `urn:${'long'.repeat(300)}`]
  const id = fc.nat({ max: 5 }).map((n) => `00000000-0000-5000-8000-00000000000${n}`)
  const failed = fc.record({
    failure_id: id,
    conversation_id: fc.option(fc.constantFrom('a', 'b', 'ü', '𝄞'), { freq: 3 }),
    class: fc.constantFrom(...classes),
    problem_type: fc.constantFrom(...types),
    retryable: fc.boolean(),
    failed_at: fc.nat({ max: 3 }),
  })
  type Failed = typeof failed extends fc.Arbitrary<infer T> ? T : never
  const BEGIN = Date.parse('2026-03-01T00:00:00Z')
  /** As rows, with one for each conversation and id. */
  async function fill(all: readonly Failed[]): Promise<Failed[]> {
    const rows = [...new Map(all.map((one) => [`${one.failure_id} ${one.conversation_id}`, one])).values()]
    await pool.query(
      `insert into failures
       select failure_id, conversation_id, class, problem_type, 'title', 'detail', 0, retryable,
              to_timestamp((${BEGIN} + failed_at) / 1000.0), 't', 0, 0, now(), null, null, '[]', 0, 0, now()
         from jsonb_to_recordset($1) as r (failure_id uuid, conversation_id text, class text, problem_type text,
                                           retryable bool, failed_at int)
           on conflict do nothing`,
      [JSON.stringify(rows)],
    )
    return rows
  }
  const nameOf = ({ failure_id, conversation_id }: { failure_id: string; conversation_id: string | null }) =>
    `${failure_id} ${conversation_id}`
  const filter = fc.record(
    {
      class: fc.constantFrom(...classes),
      problem: fc.constantFrom('urn:a', 'urn:b'),
      retryable: fc.constantFrom('true', 'false'),
      conversation_id: fc.constantFrom('a', 'ü'),
      start_time: fc.constantFrom('2026-03-01T00:00:00.001Z', '2026-03-01T00:00:00.0005Z'),
      end_time: fc.constant('2026-03-01T00:00:00.002Z'),
    },
    { requiredKeys: [] },
  )
  const isIn = (one: Failed, by: Partial<Record<string, string>>): boolean =>
    (by['class'] === undefined || one.class === by['class']) &&
    (by['problem'] === undefined || one.problem_type === by['problem']) &&
    (by['retryable'] === undefined || String(one.retryable) === by['retryable']) &&
    (by['conversation_id'] === undefined || one.conversation_id === by['conversation_id']) &&
    (by['start_time'] === undefined || one.failed_at >= 1) &&
    (by['end_time'] === undefined || one.failed_at <= 2)

  test('a walk by cursor gives each failure of the filter once, newest first, though ids repeat and others come and go', async () => {
    const all = fc.array(failed, { maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(all, all, filter, fc.integer({ min: 1, max: 7 }), async (before, later, by, limit) => {
        await emptyTables(pool)
        const rows = await fill(before)
        const [gone] = rows
        const others = later.filter((one) => gone === undefined || nameOf(one) !== nameOf(gone))
        const query = { ...by, limit: String(limit) } as Record<string, string>
        const found = await walk(query, async () => {
          await fill(others)
          if (gone !== undefined)
            await pool.query('delete from failures where failure_id = $1 and conversation_id is not distinct from $2', [
              gone.failure_id,
              gone.conversation_id,
            ])
        })
        const names = found.map(nameOf)
        expect(new Set(names).size).toBe(names.length)
        const times = found.map(({ failed_at }) => failed_at)
        expect(times).toEqual(times.toSorted().toReversed())
        const stayed = rows.filter((one) => one !== gone && isIn(one, by)).map(nameOf)
        expect(stayed.filter((name) => !names.includes(name))).toEqual([])
        for (const one of found) {
          const known = [...rows, ...others].filter((other) => nameOf(other) === nameOf(one))
          expect(known.some((other) => isIn(other, by))).toBe(true)
        }
      }),
      { numRuns: 60 },
    )
  })

  test('groups count what the list has, each class and type of problem once, the most frequent first', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(failed, { maxLength: 40 }), filter, async (all, by) => {
        await emptyTables(pool)
        const rows = (await fill(all)).filter((one) => isIn(one, by))
        const { metadata, data } = await ask<{
          metadata: unknown
          data: { class: string; problem_type: string; count: number }[]
        }>('/groups', by as Record<string, string>)
        const at = (ms: number) => new Date(BEGIN + ms).toISOString()
        const expected = [...Map.groupBy(rows, (one) => `${one.class} ${one.problem_type}`).values()].map((group) => ({
          class: group[0]?.class,
          problem_type: group[0]?.problem_type,
          count: group.length,
          retryable_count: group.filter(({ retryable }) => retryable).length,
          first_failed_at: at(Math.min(...group.map(({ failed_at }) => failed_at))),
          last_failed_at: at(Math.max(...group.map(({ failed_at }) => failed_at))),
        }))
        const count = expected.length
        expect(metadata).toEqual({ total_count: rows.length, group_count: count, returned_count: count })
        expect(data).toHaveLength(count)
        expect(data).toEqual(expect.arrayContaining(expected))
        const counts = data.map((group) => group.count)
        expect(counts).toEqual(counts.toSorted((a, b) => b - a))
      }),
      { numRuns: 40 },
    )
    await fill([
      {
        failure_id: '00000000-0000-5000-8000-00000000000a',
        conversation_id: null,
        class: 'invalid' as never,
        problem_type: 'x',
        retryable: true,
        failed_at: 0,
      },
    ])
    expect(await ask('/groups', { limit: '1' })).toMatchObject({ metadata: { returned_count: 1 } })
  })

  test('every fault of the query is told by its name, and no misspelt filter widens the answer', async () => {
    for (const path of ['', '/groups']) {
      const faults = { class: 'expried', retryable: 'yes', start_time: '2026-01-02', end_time: '2026-01-01' }
      expect(await refused(path, faults)).toEqual({ status: 422, at: ['/class', '/end_time', '/retryable'] })
      expect(await refused(path, { clas: 'expired' })).toEqual({ status: 422, at: ['/clas'] })
      expect(await refused(path, { problem: 'x'.repeat(1001), conversation_id: '', limit: '1001' })).toEqual({
        status: 422,
        at: ['/conversation_id', '/limit', '/problem'],
      })
    }
    await storeFailures(pool, [sampleFailure(1), sampleFailure(2)])
    const { metadata } = await ask<Page>('', { limit: '1', class: 'expired' })
    const cursor = metadata.next_cursor ?? ''
    expect(await refused('', { cursor, class: 'unsafe' })).toEqual({ status: 422, at: ['/cursor'] })
    const none = { start: null, end: null, class: null, problem: null, retryable: null, conversation: null }
    const madeUp = cursorAfter({ at: 0, id: 'no id' }, none)
    expect(await refused('', { cursor: madeUp })).toEqual({ status: 422, at: ['/cursor'] })
  })
})

describe('GET /api/v1/failures/{failure_id}', () => {
  const registry = { SCHEMA_REGISTRY_URL: context.env['SCHEMA_REGISTRY_URL'] ?? '' }
  const whole = serveForTests(database, {
    decodeOriginal: createOriginalDecoder({ registry, prefix: context.prefix, timeoutMs: 5_000 }),
  })
  afterAll(() => whole.close())
  interface Whole extends Listed {
    original: { value: string | null; decoded: unknown; decoded_reason: string | null; value_reason: string | null }
    others: (string | null)[]
  }
  const received = topicName('conversationsReceived', context.prefix)
  const origin = { topic: received, partition: 1, offset: 2, appended_at: 3 }

  test('gives the record that failed: key, value and headers as bytes, and what the value says', async () => {
    const codec = createCodec({ registryUrl: registry.SCHEMA_REGISTRY_URL, prefix: context.prefix })
    await codec.load()
    const event = conversation('decoded')
    const value = codec.encode('conversationsReceived', event)
    const headers = [
      { name: 'é', value: Buffer.from([0xff]) },
      { name: 'é', value: null },
    ]
    const failure = sampleFailure(1, { origin, original: { key: Buffer.from([0xfe]), value, headers } })
    await storeFailures(pool, [failure])
    expect(await ask(`/${failure.failure_id.toUpperCase()}`, {}, whole)).toMatchObject({
      failure_id: failure.failure_id,
      record: { partition: 4, offset: 0, appended_at: new Date(failure.failed_at).toISOString() },
      original: {
        key: '/g==',
        value: value.toString('base64'),
        headers: [
          { name: 'é', value: '/w==' },
          { name: 'é', value: null },
        ],
        value_reason: null,
        decoded: event,
        decoded_reason: null,
      },
      others: [],
    })
  })

  test('what cannot be decoded is there as bytes with the reason: garbage, another topic, no value, a registry that is away', async () => {
    const value = Buffer.from([0, 0, 0, 0, 9])
    const [garbage, elsewhere, none] = [
      sampleFailure(1, { origin, original: { key: null, value: Buffer.from('garbage'), headers: [] } }),
      sampleFailure(2, { origin: { ...origin, topic: 'other' }, original: { key: null, value, headers: [] } }),
      sampleFailure(3, { origin: { ...origin, offset: 3 }, original: { key: null, value: null, headers: [] } }),
    ]
    await storeFailures(pool, [garbage, elsewhere, none])
    const original = async (id: string, server = whole) => (await ask<Whole>(`/${id}`, {}, server)).original
    expect(await original(garbage.failure_id)).toMatchObject({
      value: Buffer.from('garbage').toString('base64'),
      decoded: null,
      decoded_reason: expect.stringContaining('wire format') as string,
    })
    expect(await original(elsewhere.failure_id)).toMatchObject({ decoded_reason: 'other is no topic of this pipeline' })
    expect(await original(none.failure_id)).toMatchObject({
      value: null,
      value_reason: expect.stringContaining('STORE_MESSAGES') as string,
    })
    const away = serveForTests(database, {
      decodeOriginal: createOriginalDecoder({
        registry: { SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1' },
        prefix: context.prefix,
        timeoutMs: 200,
      }),
    })
    const framed = sampleFailure(4, { origin: { ...origin, offset: 4 }, original: { key: null, value, headers: [] } })
    await storeFailures(pool, [framed])
    expect(await original(framed.failure_id, away)).toMatchObject({
      value: value.toString('base64'),
      decoded: null,
      decoded_reason: expect.stringContaining('registry') as string,
    })
    await away.close()
  })

  test('of two conversations with a failure of one id none is lost', async () => {
    const failure = sampleFailure(1)
    const other = { ...failure, conversation_id: 'who claims its origin' }
    await storeFailures(pool, [failure, other])
    const one = await ask<Whole>(`/${failure.failure_id}`)
    const two = await ask<Whole>(`/${failure.failure_id}`, { conversation_id: String(one.others[0]) })
    expect([one.conversation_id, two.conversation_id].toSorted()).toEqual(['conv_1', 'who claims its origin'])
    expect(two.others).toEqual([one.conversation_id])
  })

  test('one that is not there is 404, and what is no id 422', async () => {
    expect(await refused('/00000000-0000-5000-8000-000000000000', {})).toEqual({ status: 404, at: [] })
    expect(await refused('/conv_1', {})).toEqual({ status: 422, at: ['/failure_id'] })
  })

  test('the largest value that a failure can have is given whole', async () => {
    const value = Buffer.alloc(3 * 1024 * 1024, 7)
    const failure = sampleFailure(1, { origin, original: { key: null, value, headers: [] } })
    await storeFailures(pool, [failure])
    const { original } = await ask<Whole>(`/${failure.failure_id}`, {}, whole)
    expect(Buffer.from(original.value ?? '', 'base64').equals(value)).toBe(true)
  })
})
