import { createHash } from 'node:crypto'
import { type ApiKey } from '@insights/runtime/http/api-keys'
import { createRateLimiter } from '@insights/runtime/http/limit-rate'
import fc from 'fast-check'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeCounts } from '../../counts/make-counts.ts'
import { emptyTables } from '../../projector/dump-tables.fixture.ts'
import { storeInsights } from '../../projector/store-insights.fixture.ts'
import { sampleInsight } from '../../sample-insight.fixture.ts'
import { serveForTests } from '../serve.fixture.ts'
import { openDatabase, type Database } from '../reading/open-database.ts'
import { openTestDatabase } from '../open-test-database.fixture.ts'

/** For what comes by itself, however busy the machine is. */
const soon = { timeout: 20_000 }

const { url, pool, database } = await openTestDatabase('query-list-insights')
const app = serve()
afterAll(() => app.close())
beforeEach(() => emptyTables(pool))

function serve(changes: { apiKeys?: ApiKey[]; url?: string; readRps?: number } = {}) {
  const { apiKeys = [], readRps = 1_000_000 } = changes
  return serveForTests(
    changes.url === undefined
      ? database
      : openDatabase({ url: changes.url, maxConnections: 1, statementTimeoutMs: 1000 }),
    { apiKeys, limiter: createRateLimiter({ policy: 'reads', perSecond: readRps, now: () => 0 }) },
  )
}

interface Insight {
  conversation_id: string
  sentiment_score: number
  clusters: string[]
  confidence: number
  created_at: number
  occurred_at: number
  truncated: boolean
  model: string
  reasoning: string
}

let writes = 0
/** Writes as the projector does; each call is newer than those before. */
async function write(insights: Insight[]): Promise<void> {
  writes++
  const origin = { topic: 'conversations.received', partition: 0, offset: writes }
  await storeInsights(
    pool,
    insights.map((insight) =>
      sampleInsight({ ...insight, origin: { ...origin, appended_at: Date.parse('2026-01-01') + writes } }),
    ),
  )
}

const noon = Date.parse('2026-01-02T12:00:00Z')
const iso = (ms: number) => new Date(ms).toISOString()
const insight = (index: number, changes: Partial<Insight> = {}): Insight => ({
  conversation_id: `conv_${String(index).padStart(4, '0')}`,
  sentiment_score: 0,
  clusters: ['billing'],
  confidence: 0.5,
  created_at: noon + index,
  occurred_at: noon + index,
  truncated: false,
  model: 'simulator',
  reasoning: sampleInsight().reasoning,
  ...changes,
})

interface Page {
  metadata: { total_count: number; returned_count: number; time_window: unknown; next_cursor: string | null }
  data: { conversation_id: string; created_at: string }[]
}

/** Newer than all, or older, by both times. */
const sides = (n: number) =>
  n % 2 === 0
    ? { created_at: noon + 100_000 + n, occurred_at: noon + 100_000 + n }
    : { created_at: noon - 100_000 - n, occurred_at: noon - 100_000 - n }

async function list(query: Record<string, string> | URLSearchParams): Promise<Page> {
  const answer = await app.inject(`/api/v1/insights?${new URLSearchParams(query)}`)
  if (answer.statusCode !== 200) throw new Error(answer.body)
  return answer.json<Page>()
}

const window = { start_time: '2026-01-02T00:00:00Z', end_time: '2026-01-03T00:00:00Z' }
const ids = (page: Page) => page.data.map(({ conversation_id }) => conversation_id)

describe('GET /api/v1/insights', () => {
  test('answers with exactly the fields of the contract', async () => {
    await write([
      insight(1, { sentiment_score: -0.6, clusters: ['billing', 'refund'], confidence: 0.9, truncated: true }),
    ])
    expect(await list({ start_time: '2026-01-02T13:00:00+02:00', end_time: '2026-01-03' })).toEqual({
      metadata: {
        total_count: 1,
        returned_count: 1,
        time_window: { start: '2026-01-02T11:00:00.000Z', end: '2026-01-03T00:00:00.000Z' },
        next_cursor: null,
      },
      data: [
        {
          conversation_id: 'conv_0001',
          sentiment_score: -0.6,
          clusters: ['billing', 'refund'],
          confidence: 0.9,
          reasoning: sampleInsight().reasoning,
          model: 'simulator',
          created_at: '2026-01-02T12:00:00.001Z',
          occurred_at: '2026-01-02T12:00:00.001Z',
          truncated: true,
        },
      ],
    })
  })

  test('an empty window is an answer, not a fault', async () => {
    expect(await list(window)).toMatchObject({
      metadata: { total_count: 0, returned_count: 0, next_cursor: null },
      data: [],
    })
  })

  test('both ends belong to the window, compared as instants', async () => {
    await write([insight(0), insight(1), insight(2), insight(3)])
    const within = async (start: number, end: number) => ids(await list({ start_time: iso(start), end_time: iso(end) }))
    expect(await within(noon + 1, noon + 2)).toEqual(['conv_0002', 'conv_0001'])
    // Finer than the table: nothing lies strictly between two milliseconds.
    const fine = { start_time: '2026-01-02T12:00:00.0011Z', end_time: '2026-01-02T12:00:00.0029Z' }
    expect(ids(await list(fine))).toEqual(['conv_0002'])
    expect(ids(await list({ ...fine, end_time: '2026-01-02T12:00:00.0019Z' }))).toEqual([])
  })

  test('the limits of the sentiments are neutral', async () => {
    const scores = [-1, -0.2000001, -0.2, 0, 0.2, 0.2000001, 1]
    await write(scores.map((sentiment_score, index) => insight(index, { sentiment_score })))
    const found = async (sentiment: string) =>
      ids(await list({ ...window, sentiment })).map((id) => scores[Number(id.slice(5))])
    expect(await found('positive')).toEqual([1, 0.2000001])
    expect(await found('neutral')).toEqual([0.2, 0, -0.2])
    expect(await found('negative')).toEqual([-0.2000001, -1])
  })

  test('insights of the same millisecond are ordered by id, newest first', async () => {
    await write(['b', 'a', 'B', 'é'].map((conversation_id) => insight(0, { conversation_id })))
    const page = await list({ ...window, limit: '2' })
    const rest = await list({ ...window, limit: '2', cursor: page.metadata.next_cursor ?? '' })
    expect([...ids(page), ...ids(rest)]).toEqual(['é', 'b', 'a', 'B'])
    expect(rest.metadata.next_cursor).toBeNull()
  })

  test('total_count and pages are what a count by hand gives, for every filter', async () => {
    const any = fc.record({
      sentiment_score: fc.constantFrom(-0.9, -0.2, 0, 0.2, 0.21, 0.9),
      confidence: fc.constantFrom(0, 0.1, 0.5, 0.7, 1),
      clusters: fc.uniqueArray(fc.constantFrom('billing', 'refund', 'Login', 'a "b"'), { maxLength: 3 }),
      created_at: fc.integer({ min: 0, max: 40 }).map((minutes) => noon + minutes * 60_000),
      occurred_at: fc.integer({ min: -20, max: 20 }).map((minutes) => noon + minutes * 60_000),
      truncated: fc.boolean(),
      model: fc.constantFrom('simulator', 'grok'),
    })
    const all = fc.sample(any, { numRuns: 400, seed: 7 }).map((some, index) => insight(index, some))
    await write(all)
    const filter = fc.record({
      from: fc.integer({ min: -5, max: 45 }),
      minutes: fc.integer({ min: 1, max: 50 }),
      sentiment: fc.constantFrom(undefined, 'positive', 'neutral', 'negative'),
      min_confidence: fc.constantFrom(undefined, 0, 0.1, 0.6, 1),
      time: fc.constantFrom(undefined, 'created_at' as const, 'occurred_at' as const),
      clusters: fc.uniqueArray(fc.constantFrom('billing', 'REFUND', 'Login', 'a "b"', 'absent'), { maxLength: 2 }),
      cluster_match: fc.constantFrom(undefined, 'any', 'all'),
      truncated: fc.constantFrom(undefined, true, false),
      model: fc.constantFrom(undefined, 'simulator', 'grok'),
      limit: fc.integer({ min: 1, max: 150 }),
    })
    await fc.assert(
      fc.asyncProperty(filter, async ({ from, minutes, limit, ...asked }) => {
        const { sentiment, min_confidence, clusters, cluster_match, truncated, model, time = 'created_at' } = asked
        const [start, end] = [noon + from * 60_000, noon + (from + minutes) * 60_000]
        const isIn = (insight: Insight) => (cluster: string) =>
          insight.clusters.includes(cluster) || insight.clusters.includes(cluster.toLowerCase())
        const expected = all
          .filter((one) => one[time] >= start && one[time] <= end)
          .filter(({ confidence }) => confidence >= (min_confidence ?? 0))
          .filter((one) => truncated === undefined || one.truncated === truncated)
          .filter((one) => model === undefined || one.model === model)
          .filter((one) => {
            if (clusters.length === 0) return true
            return cluster_match === 'all' ? clusters.every(isIn(one)) : clusters.some(isIn(one))
          })
          .filter(
            ({ sentiment_score: s }) =>
              !sentiment || sentiment === (s > 0.2 ? 'positive' : s < -0.2 ? 'negative' : 'neutral'),
          )
          .toSorted((a, b) => b[time] - a[time] || (a.conversation_id < b.conversation_id ? 1 : -1))
          .map(({ conversation_id }) => conversation_id)
        const query = new URLSearchParams({
          start_time: iso(start),
          end_time: String(end / 1000),
          limit: String(limit),
          ...(sentiment && { sentiment }),
          ...(min_confidence !== undefined && { min_confidence: String(min_confidence) }),
          ...(truncated !== undefined && { truncated: String(truncated) }),
          ...(model && { model }),
          ...(asked.time && { time }),
          ...(cluster_match && { cluster_match }),
        })
        for (const cluster of clusters) query.append('cluster', cluster)
        const found: string[] = []
        for (let cursor: string | null | undefined; cursor !== null;) {
          if (cursor !== undefined) query.set('cursor', cursor)
          const page = await list(query)
          expect(page.metadata).toMatchObject({ total_count: expected.length, returned_count: page.data.length })
          expect(page.data.length).toBeLessThanOrEqual(limit)
          found.push(...ids(page))
          cursor = page.metadata.next_cursor
        }
        expect(found).toEqual(expected)
      }),
      { numRuns: 60 },
    )
  })

  test('a cluster that is named in two ways, one of them rare, begins with the newest of both', async () => {
    const often = Array.from({ length: 50 }, (_, index) => insight(index, { clusters: ['refund'] }))
    await write([...often, insight(200_000_000, { clusters: ['Refund'] })])
    const client = await pool.connect()
    await client.query('begin')
    await makeCounts(client, { rollupsFrom: 10, step: () => () => undefined })
    await client.query('commit')
    client.release()
    const page = await list({ start_time: '2026-01-01', end_time: '2026-02-01', cluster: 'Refund', limit: '1' })
    expect(page.metadata.total_count).toBe(51)
    expect(page.data.map(({ created_at }) => created_at)).toEqual([iso(noon + 200_000_000)])
  })

  test('a walk over 10,000 insights sees each that is not touched exactly once, by both times, while others come and are replaced', async () => {
    const all = Array.from({ length: 10_000 }, (_, index) => insight(index, { occurred_at: noon - index }))
    const [untouched, touched] = [all.filter((_, index) => index % 5 > 0), all.filter((_, index) => index % 5 === 0)]
    await write(all)
    const walks = (['created_at', 'occurred_at'] as const).map((time) => ({
      time,
      found: [] as string[],
      cursor: undefined as string | null | undefined,
    }))
    for (let round = 0; walks.some(({ cursor }) => cursor !== null); round++) {
      for (const walk of walks) {
        if (walk.cursor === null) continue
        const page = await list({
          ...window,
          time: walk.time,
          limit: '200',
          ...(walk.cursor && { cursor: walk.cursor }),
        })
        walk.found.push(...ids(page))
        walk.cursor = page.metadata.next_cursor
      }
      // A conversation analysed again moves to the front, or behind what was read, and new ones come on both sides.
      const moved = touched
        .slice(round * 2, round * 2 + 2)
        .map((one, index) => Object.assign({}, one, sides(round * 2 + index)))
      await write([...moved, insight(20_000 + round, sides(round)), insight(30_000 + round, sides(round + 1))])
    }
    const toIds = (some: Insight[]) => some.map(({ conversation_id }) => conversation_id)
    const isUntouched = new Set(toIds(untouched))
    for (const { time, found } of walks) {
      const expected = toIds(time === 'created_at' ? untouched.toReversed() : untouched)
      expect(found.filter((id) => isUntouched.has(id))).toEqual(expected)
    }
  })

  describe('q', () => {
    const search = async (q: string, more: Record<string, string> = {}) => ids(await list({ ...window, q, ...more }))
    beforeEach(() => pool.query('update projection set text_search = true, searchable = true'))
    afterEach(() => pool.query('update projection set text_search = false, searchable = false'))

    async function writeTexts(texts: Record<string, [reasoning: string, ...messages: string[]]>): Promise<void> {
      for (const [conversation_id, [reasoning, ...messages]] of Object.entries(texts)) {
        await write([insight(writes, { conversation_id, reasoning })])
        const said = JSON.stringify(messages.map((text) => ({ author_id: 'author', text })))
        await pool.query('update conversations set messages = $1 where conversation_id = $2', [said, conversation_id])
      }
    }

    test('finds words, phrases, alternatives and what lacks a word, in reasoning and messages as one text', async () => {
      await writeTexts({
        a: ['Asks for a late refund', 'Where is my money?', 'Sent to anna@example.com'],
        b: ['Praises the agent', 'A refund, late as ever', 'and angry'],
        c: ['Praise', 'nothing'],
      })
      const found = async (q: string) => (await search(q)).toSorted()
      expect(await found('REFUND late')).toEqual(['a', 'b'])
      expect(await found('"late refund"')).toEqual(['a'])
      expect(await found('refund -angry')).toEqual(['a'])
      expect(await found('refund -money')).toEqual(['b'])
      expect(await found('nothing OR angry')).toEqual(['b', 'c'])
      expect(await found('anna@example.com')).toEqual(['a'])
      // Who said it is no word of it, and no phrase goes from one message into the next.
      expect(await found('author')).toEqual([])
      expect(await found('"ever and"')).toEqual([])
      expect(await found('"refund where"')).toEqual([])
    })

    test('capitals and accents do not matter, and scripts without spaces are found by any run of letters', async () => {
      await writeTexts({
        a: ['Très DÉÇU', '返金してください'],
        b: ['deçu', 'Ваш ЗАКАЗ'],
        c: ['refund/return <now>.Please'],
      })
      const found = async (q: string) => (await search(q)).toSorted()
      expect(await found('décu')).toEqual(['a', 'b'])
      expect(await found('заказ')).toEqual(['b'])
      expect(await found('返金')).toEqual(['a'])
      expect(await found('金返')).toEqual([])
      for (const word of ['refund', 'return', 'now', 'please']) expect(await found(word)).toEqual(['c'])
    })

    test('goes with every other filter, and pages have each once', async () => {
      await write(
        Array.from({ length: 25 }, (_, index) =>
          insight(index, { reasoning: index % 2 ? 'refund' : 'praise', clusters: index % 3 ? ['a'] : ['b'] }),
        ),
      )
      const expected = [25, 23, 19, 17, 13, 11, 7, 5, 1]
        .filter((n) => n < 25)
        .map((n) => `conv_${String(n).padStart(4, '0')}`)
      const asked = { ...window, q: 'refund', cluster: 'a', limit: '3', time: 'occurred_at' }
      const found: string[] = []
      for (let cursor: string | null | undefined; cursor !== null;) {
        const page = await list({ ...asked, ...(cursor && { cursor }) })
        expect(page.metadata.total_count).toBe(expected.length)
        found.push(...ids(page))
        cursor = page.metadata.next_cursor
      }
      expect(found).toEqual(expected)
    })

    test('is refused with what to do where nothing is searchable, and for later while that is being made', async () => {
      const ask = (q: string) => app.inject({ url: '/api/v1/insights', query: { ...window, q } })
      await pool.query('update projection set searchable = false')
      const soonThere = await ask('refund')
      expect(soonThere.statusCode).toBe(503)
      expect(soonThere.headers['retry-after']).toBe('2')
      await pool.query('update projection set text_search = false')
      const off = await ask('refund')
      expect(off.statusCode).toBe(422)
      expect(off.json()).toMatchObject({
        errors: [{ pointer: '/q', detail: expect.stringContaining('TEXT_SEARCH=true') }],
      })
    })

    test('words that so many have that they are not counted in time are refused with what to do', async () => {
      const hurried = serveForTests(openDatabase({ url, maxConnections: 1, statementTimeoutMs: 300 }))
      await pool.query('begin; lock table insight_words')
      const answer = await hurried.inject({ url: '/api/v1/insights', query: { ...window, q: 'refund' } })
      expect(answer.statusCode).toBe(503)
      expect(answer.json()).toMatchObject({ title: 'Too many insights have these words' })
      await pool.query('rollback')
      await hurried.close()
    })
  })

  test('every fault of the query is told at once, as a problem', async () => {
    const answer = await app.inject('/api/v1/insights?end_time=soon&limit=0&min_confidence=2&sentiment=sad&cursor=x')
    expect(answer.statusCode).toBe(422)
    expect(answer.headers['content-type']).toContain('application/problem+json')
    const pointers = answer.json<{ errors: { pointer: string }[] }>().errors.map(({ pointer }) => pointer)
    expect(pointers.toSorted()).toEqual([
      '/cursor',
      '/end_time',
      '/limit',
      '/min_confidence',
      '/sentiment',
      '/start_time',
    ])
  })

  test('a cursor used with another filter is a fault', async () => {
    await write([insight(1), insight(2)])
    const { next_cursor } = (await list({ ...window, limit: '1' })).metadata
    const query = { ...window, limit: '1', cluster: 'billing', cursor: next_cursor ?? '' }
    const answer = await app.inject({ url: '/api/v1/insights', query })
    expect(answer.statusCode).toBe(422)
    expect(answer.json<{ errors: unknown }>().errors).toEqual([expect.objectContaining({ pointer: '/cursor' })])
  })

  test('an offset whose plus was not percent-encoded is understood', async () => {
    await write([insight(0)])
    const answer = await app.inject(
      '/api/v1/insights?start_time=2026-01-02T14:00:00+02:00&end_time=2026-01-02T14:00:01+02:00',
    )
    expect(answer.json<Page>().metadata.total_count).toBe(1)
  })

  test('with API_KEYS only a key with the scope read is let in', async () => {
    const key = (name: string, scopes: ApiKey['scopes']): ApiKey => ({
      name,
      sha256: createHash('sha256').update(name).digest('hex'),
      scopes,
    })
    const guarded = serve({ apiKeys: [key('reader', ['read']), key('writer', ['ingest'])] })
    const status = async (authorization?: string) =>
      (
        await guarded.inject({
          url: '/api/v1/insights',
          query: window,
          headers: authorization ? { authorization } : {},
        })
      ).statusCode
    expect(await status()).toBe(401)
    expect(await status('Bearer nobody')).toBe(401)
    expect(await status('Bearer writer')).toBe(403)
    expect(await status('Bearer reader')).toBe(200)
    await guarded.close()
  })

  test('while Postgres is away the answer is 503 with Retry-After and no internals', async () => {
    const alone = serve({ url: 'postgres://u:p@127.0.0.1:1/nowhere' })
    const answer = await alone.inject({ url: '/api/v1/insights', query: window })
    expect(answer.statusCode).toBe(503)
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
    expect(answer.body).not.toContain('ECONNREFUSED')
    await alone.close()
  })

  test('a key that reads faster than READ_RPS is refused with 429 and Retry-After, and told what is left', async () => {
    const limited = serve({ readRps: 1 })
    const first = await limited.inject({ url: '/api/v1/insights', query: window })
    expect([first.statusCode, first.headers['ratelimit']]).toEqual([200, '"reads";r=0;t=1'])
    const second = await limited.inject({ url: '/api/v1/insights', query: window })
    expect([second.statusCode, second.headers['retry-after']]).toEqual([429, '1'])
    expect(second.json()).toMatchObject({ title: 'Too many reads', status: 429 })
    await limited.close()
  })

  test('sixty readers of wide windows keep none of a narrow one waiting, and those that waited longest are told to come again', async () => {
    const gate = Promise.withResolvers<void>()
    const dear: Database = {
      ...database,
      read: async (query) => {
        await gate.promise
        return database.read(query)
      },
    }
    const shared = serveForTests(database, { dear })
    const read = async (query: Record<string, string>) => {
      const { statusCode, headers } = await shared.inject({ url: '/api/v1/insights', query })
      return { statusCode, retryAfter: headers['retry-after'] }
    }
    const wide = { start_time: '2020-01-01', end_time: '2100-01-01' }
    const reads = Array.from({ length: 60 }, () => read({ ...wide, sentiment: 'neutral' }))
    expect(await read(window)).toEqual({ statusCode: 200, retryAfter: undefined })
    // Nor does a wide one wait that the rollups count.
    expect(await read(wide)).toEqual({ statusCode: 200, retryAfter: undefined })
    gate.resolve()
    const answers = await Promise.all(reads)
    const [served, shed] = [{ statusCode: 200 }, { statusCode: 503, retryAfter: '2' }]
    const expected = answers.map((_answer, i) => (i < 2 || i >= 55 ? served : shed))
    expect(answers).toMatchObject(expected)
    await shared.close()
  })

  test('after Postgres has cut every connection, queries work again', async () => {
    await list(window)
    await pool.query(`select pg_terminate_backend(pid) from pg_stat_activity
                       where datname = current_database() and pid <> pg_backend_pid()`)
    await expect
      .poll(async () => (await app.inject({ url: '/api/v1/insights', query: window })).statusCode, soon)
      .toBe(200)
  })
})
