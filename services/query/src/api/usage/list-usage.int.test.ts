import { createHash } from 'node:crypto'
import type { ApiKey } from '@insights/runtime/http/api-keys'
import { createRateLimiter } from '@insights/runtime/http/limit-rate'
import type { InsightProduced, Usage } from '@insights/schemas/events/insight-produced'
import pg from 'pg'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { emptyTables } from '../../projector/dump-tables.fixture.ts'
import { storeInsights, storeReadings, toReading } from '../../projector/store-insights.fixture.ts'
import { sampleInsight } from '../../sample-insight.fixture.ts'
import { serveForTests } from '../serve.fixture.ts'
import { openDatabase } from '../reading/open-database.ts'
import { openTestDatabase } from '../open-test-database.fixture.ts'

const { url, pool, database } = await openTestDatabase('query-list-usage')
await setTimeZone('Pacific/Kiritimati')
const app = serve()
afterAll(() => app.close())
beforeEach(() => emptyTables(pool))

/** Of the sessions that come: fourteen hours from UTC, a day that is taken for a local one is the wrong one. */
async function setTimeZone(zone: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(`alter database "${new URL(url).pathname.slice(1)}" set timezone to '${zone}'`)
  await client.end()
}

function serve(changes: { apiKeys?: ApiKey[]; url?: string; readRps?: number } = {}) {
  const { apiKeys = [], readRps = 1_000_000 } = changes
  return serveForTests(
    changes.url === undefined
      ? database
      : openDatabase({ url: changes.url, maxConnections: 1, statementTimeoutMs: 1000 }),
    { apiKeys, limiter: createRateLimiter({ policy: 'reads', perSecond: readRps, now: () => 0 }) },
  )
}

let writes = Date.parse('2026-01-01')
/** Writes as the projector does; each call is newer than those before. */
async function write(insights: Partial<InsightProduced>[]): Promise<void> {
  writes++
  const all = insights.map((changes) => {
    const insight = sampleInsight(changes)
    return { ...insight, origin: { ...insight.origin, appended_at: writes } }
  })
  await storeInsights(pool, all)
}

/** Erases what was written so far. */
async function erase(id: string): Promise<void> {
  await storeReadings(pool, [toReading(id, { offset: writes, appendedAt: writes })])
}

const usage = (changes: Partial<Usage> = {}): Usage => ({
  prompt_tokens: 0,
  cached_tokens: 0,
  completion_tokens: 0,
  reasoning_tokens: 0,
  cost_usd_ticks: 0,
  ...changes,
})
const at = (text: string) => Date.parse(text)
const window = { start_time: '2026-11-24', end_time: '2026-11-27' }

async function read(query: Record<string, string> = window) {
  const answer = await app.inject({ url: '/api/v1/usage', query })
  if (answer.statusCode !== 200) throw new Error(answer.body)
  return answer.json<{
    metadata: unknown
    data: { day: string; model: string; insights: number; cost_usd: string }[]
  }>()
}
const costs = async (query?: Record<string, string>) =>
  (await read(query)).data.map(({ day, model, insights, cost_usd }) => [day, model, insights, cost_usd])

describe('GET /api/v1/usage', () => {
  test('answers with exactly the fields of the contract', async () => {
    const figures = { prompt_tokens: 1, cached_tokens: 2, completion_tokens: 3, reasoning_tokens: 4 }
    const [created_at, model] = [at('2026-11-25T12:00:00Z'), 'grok-4.3']
    await write([
      { conversation_id: 'a', created_at, model, usage: { ...figures, cost_usd_ticks: 123_456_788 } },
      { conversation_id: 'b', created_at, model, usage: usage({ cost_usd_ticks: 1 }) },
    ])
    expect(await read({ start_time: '2026-11-25T13:00:00+02:00', end_time: '2026-11-25T11:30:00Z' })).toEqual({
      metadata: { time_window: { start: '2026-11-25T11:00:00.000Z', end: '2026-11-25T11:30:00.000Z' } },
      // Of the whole day, though the window is half an hour of it.
      data: [{ day: '2026-11-25', model, insights: 2, ...figures, cost_usd: '0.0123456789' }],
    })
  })

  test('a window without insights is an answer, not a fault', async () => {
    expect((await read()).data).toEqual([])
  })

  test('a day is a UTC day, whatever the time zone of the database; days come oldest first, then by model', async () => {
    const { rows } = await pool.query<{ TimeZone: string }>('show timezone')
    expect(rows).toEqual([{ TimeZone: 'Pacific/Kiritimati' }])
    const cost = usage({ cost_usd_ticks: 5 })
    await write([
      { conversation_id: 'a', created_at: at('2026-11-25T00:00:00.000Z'), model: 'x', usage: cost },
      { conversation_id: 'b', created_at: at('2026-11-24T23:59:59.999Z'), model: 'x', usage: cost },
      { conversation_id: 'c', created_at: at('2026-11-25T23:59:59.999Z'), model: 'X', usage: cost },
      { conversation_id: 'd', created_at: at('2026-11-26T00:00:00.000Z'), model: 'x', usage: cost },
      { conversation_id: 'e', created_at: at('2026-11-27T00:00:00.000Z'), model: 'x', usage: cost },
    ])
    expect(await costs()).toEqual([
      ['2026-11-24', 'x', 1, '0.0000000005'],
      ['2026-11-25', 'X', 1, '0.0000000005'],
      ['2026-11-25', 'x', 1, '0.0000000005'],
      ['2026-11-26', 'x', 1, '0.0000000005'],
    ])
  })

  test('cost is exact where a double is not', async () => {
    const created_at = at('2026-11-25T12:00:00Z')
    const large = Array.from({ length: 9 }, (_, index) => ({
      conversation_id: `conv_${index}`,
      created_at,
      model: 'x',
      usage: usage({ cost_usd_ticks: 2 ** 53 - 3 - index }),
    }))
    await write(large)
    const total = large.reduce((sum, { usage: { cost_usd_ticks } }) => sum + BigInt(cost_usd_ticks), 0n)
    const [[, , , cost] = []] = await costs()
    expect(cost).toBe(`${total / 10n ** 10n}.${String(total % 10n ** 10n).padStart(10, '0')}`)
    expect(Number.isSafeInteger(Number(total))).toBe(false)
  })

  test('(I7) a newer submission takes the place of the one before, on its own day and model', async () => {
    const older = { conversation_id: 'a', created_at: at('2026-11-24T12:00:00Z'), model: 'x' }
    await write([{ ...older, usage: usage({ cost_usd_ticks: 7 }) }])
    expect(await costs()).toEqual([['2026-11-24', 'x', 1, '0.0000000007']])
    const newer = { ...older, created_at: at('2026-11-25T12:00:00Z'), model: 'y' }
    await write([{ ...newer, usage: usage({ cost_usd_ticks: 9 }) }])
    expect(await costs()).toEqual([['2026-11-25', 'y', 1, '0.0000000009']])
  })

  test('an insight that took nothing counts as an insight; an erased one counts no more', async () => {
    const created_at = at('2026-11-25T12:00:00Z')
    await write([
      { conversation_id: 'a', created_at, model: 'x', usage: usage() },
      { conversation_id: 'b', created_at, model: 'x', usage: usage({ cost_usd_ticks: 3 }) },
    ])
    expect(await costs()).toEqual([['2026-11-25', 'x', 2, '0.0000000003']])
    await erase('b')
    expect(await costs()).toEqual([['2026-11-25', 'x', 1, '0.0000000000']])
    await erase('a')
    expect(await costs()).toEqual([])
  })

  test('the insights of a day are as many as the list has', async () => {
    const created = Array.from({ length: 50 }, (_, index) => at('2026-11-24T00:00:00Z') + index * 4_000_000)
    await write(created.map((created_at, index) => ({ conversation_id: `conv_${index + 10}`, created_at })))
    const { data } = await read()
    expect(data.length).toBeGreaterThan(2)
    for (const { day, insights } of data) {
      const query = { start_time: day, end_time: `${day}T23:59:59.999Z`, limit: '1' }
      const list = await app.inject({ url: '/api/v1/insights', query })
      expect(list.json<{ metadata: { total_count: number } }>().metadata.total_count).toBe(insights)
    }
  })

  test('every fault of the query is told at once, as a problem', async () => {
    const answer = await app.inject('/api/v1/usage?start_time=soon')
    expect(answer.statusCode).toBe(422)
    expect(answer.headers['content-type']).toContain('application/problem+json')
    const pointers = answer.json<{ errors: { pointer: string }[] }>().errors.map(({ pointer }) => pointer)
    expect(pointers.toSorted()).toEqual(['/end_time', '/start_time'])
  })

  test('with API_KEYS only a key with the scope read is let in', async () => {
    const key = (name: string, scopes: ApiKey['scopes']): ApiKey => ({
      name,
      sha256: createHash('sha256').update(name).digest('hex'),
      scopes,
    })
    const guarded = serve({ apiKeys: [key('reader', ['read']), key('writer', ['ingest'])] })
    const status = async (authorization?: string) => {
      const headers = authorization === undefined ? {} : { authorization }
      return (await guarded.inject({ url: '/api/v1/usage', query: window, headers })).statusCode
    }
    expect(await status()).toBe(401)
    expect(await status('Bearer writer')).toBe(403)
    expect(await status('Bearer reader')).toBe(200)
    await guarded.close()
  })

  test('while Postgres is away the answer is 503 with Retry-After and no internals', async () => {
    const alone = serve({ url: 'postgres://u:p@127.0.0.1:1/nowhere' })
    const answer = await alone.inject({ url: '/api/v1/usage', query: window })
    expect(answer.statusCode).toBe(503)
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
    expect(answer.body).not.toContain('ECONNREFUSED')
    await alone.close()
  })

  test('the API description has the route, with its parameters and fields', async () => {
    const { paths } = (await app.inject('/openapi.json')).json<{ paths: Record<string, { get?: unknown }> }>()
    expect(paths['/api/v1/usage']?.get).toMatchObject({
      parameters: [
        { name: 'start_time', in: 'query', required: true },
        { name: 'end_time', in: 'query', required: true },
      ],
    })
    expect(JSON.stringify(paths['/api/v1/usage'])).toContain('cost_usd')
  })
})
