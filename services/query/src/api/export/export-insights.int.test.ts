import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { storeInsights, type StoredInsight } from '../../counts/store-insights.fixture.ts'
import { emptyTables } from '../../projector/dump-tables.fixture.ts'
import { servedColumns } from '../../tables/insight-columns.ts'
import { serveForTests } from '../serve.fixture.ts'
import { LINES_PER_PAGE } from './open-export.ts'
import { parseCsv } from './parse-csv.fixture.ts'
import { openTestDatabase } from '../open-test-database.fixture.ts'

/** For what comes by itself, however busy the machine is. */
const soon = { timeout: 20_000 }

const { url, pool, database } = await openTestDatabase('query-export-insights', { writers: 2 })
const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})
beforeEach(() => emptyTables(pool))

async function serve({ databaseUrl = url, mostAtOnce = 2 } = {}) {
  const app = serveForTests(database, { exports: { databaseUrl, mostAtOnce } })
  await app.listen({ host: '127.0.0.1', port: 0 })
  cleanups.push(() => app.close())
  const origin = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/api/v1/insights`
  const addressOf = (query: string) => `${origin}/export?${YEAR}&${query}`
  return { app, origin, addressOf, export: (query: string) => fetch(addressOf(query)) }
}

const YEAR = 'start_time=2026-01-01&end_time=2027-01-01'
const noon = Date.parse('2026-01-02T12:00:00Z')
const insight = (index: number, changes: Partial<StoredInsight> = {}): StoredInsight => ({
  conversation_id: `conv_${String(index).padStart(6, '0')}`,
  sentiment_score: 0.25,
  clusters: ['billing'],
  confidence: 0.5,
  model: 'simulator',
  created_at: noon + index,
  ...changes,
})

async function store(insights: StoredInsight[]): Promise<void> {
  const client = await pool.connect()
  try {
    await storeInsights(client, insights)
  } finally {
    client.release()
  }
}

/** Many rows, made by Postgres. */
async function storeMany(rows: number, { reasoning = 'reasons' } = {}): Promise<void> {
  const client = await pool.connect()
  try {
    await store([insight(0, { reasoning })])
    await client.query("begin; select set_config('insights.projector', '3', true)")
    await client.query(`
      create temp table made on commit drop as select insights.* from insights, generate_series(1, ${rows - 1});
      update made set conversation_id = 'c' || ctid::text;
      insert into insights select * from made;
      commit`)
  } finally {
    client.release()
  }
}

const RUNNING = `
  select pg_stat_activity.pid from pg_stat_activity
   where application_name = 'insights-export' and datname = current_database()`

const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1 }),
  fc.constantFrom(
    '=1+1',
    '+1',
    '-1',
    '@x',
    "'=x",
    '"',
    '""',
    'a,b',
    'a\r\nb',
    '\tx',
    '\rx',
    ' =1',
    '＝1',
    'é',
    '[]',
    'null',
  ),
)
const anyInsight = fc.record({
  reasoning: anyText,
  model: anyText,
  clusters: fc.array(anyText, { maxLength: 4 }),
  sentiment_score: fc.double({ min: -1, max: 1, noNaN: true }),
  confidence: fc.double({ min: 0, max: 1, noNaN: true }),
  truncated: fc.boolean(),
})
const usable = (one: string) => !one.includes('\0') && one.isWellFormed()

const isFormula = (cell: string) => /^[=+\-@\t\r\n＝＋－＠]/.test(cell)

/** What a program reads back from a line of CSV: of each text one leading apostrophe is taken away. */
const toInsight = (header: string[], row: string[]) =>
  Object.fromEntries(
    header.map((name, at) => {
      const cell = row[at] ?? ''
      const text = cell.startsWith("'") ? cell.slice(1) : cell
      return [name, ['clusters', 'truncated', 'sentiment_score', 'confidence'].includes(name) ? JSON.parse(text) : text]
    }),
  )

describe('GET /api/v1/insights/export', () => {
  test('gives what the list gives, whatever the insights hold: NDJSON exactly, CSV as an independent parser reads it', async () => {
    const { origin, export: get } = await serve()
    const sets = fc.array(anyInsight, { minLength: 1, maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(sets, async (made) => {
        await emptyTables(pool)
        const rows = made.map((one, index) => insight(index, one))
        const kept = rows.filter(({ reasoning = '', model, clusters }) => [reasoning, model, ...clusters].every(usable))
        await store(kept)
        const list = (await (await fetch(`${origin}?${YEAR}`)).json()) as { data: Record<string, unknown>[] }
        const lines = (await (await get('format=ndjson')).text()).split('\n')
        expect(lines.pop()).toBe('')
        expect(lines.map((line) => JSON.parse(line))).toEqual(list.data)
        const [header = [], ...cells] = parseCsv(await (await get('format=csv')).text())
        expect(header).toEqual(Object.keys(servedColumns))
        expect(cells.map((row) => toInsight(header, row))).toEqual(list.data)
        expect(cells.flat().filter((cell) => isFormula(cell) && !/^-\d/.test(cell))).toEqual([])
      }),
      { numRuns: 40 },
    )
  }, 60_000)

  test('has a name, a mark that says UTF-8, and the filters of the list', async () => {
    const { export: get } = await serve()
    await store([insight(1), insight(2, { clusters: ['refund'] }), insight(3, { sentiment_score: -1 })])
    const csv = await get('format=csv&cluster=refund')
    expect(Object.fromEntries(csv.headers)).toMatchObject({
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': 'attachment; filename="insights-20260101T000000Z-20270101T000000Z.csv"',
      'cache-control': 'no-store',
    })
    const bytes = Buffer.from(await csv.arrayBuffer())
    expect(bytes.subarray(0, 3).toString('hex')).toBe('efbbbf')
    expect(bytes.toString().split('\r\n')).toHaveLength(3)
    const ids = async (query: string) =>
      (await (await get(`format=ndjson&${query}`)).text()).split('\n').flatMap((line) => /conv_\d+/.exec(line) ?? [])
    expect(await ids('')).toEqual(['conv_000003', 'conv_000002', 'conv_000001'])
    expect(await ids('sentiment=negative')).toEqual(['conv_000003'])
    expect(await ids('time=occurred_at&min_confidence=0.6')).toEqual([])
  })

  test('pages do not show: as many lines as there are rows, each once', async () => {
    const { export: get } = await serve()
    await storeMany(LINES_PER_PAGE * 2)
    const lines = (await (await get('format=ndjson')).text()).trimEnd().split('\n')
    expect(lines).toHaveLength(LINES_PER_PAGE * 2)
    expect(new Set(lines).size).toBe(LINES_PER_PAGE * 2)
  })

  test('what is faulty, or one too many, is refused before anything is sent', async () => {
    const { app, addressOf, export: get } = await serve({ mostAtOnce: 1 })
    const faults = async (query: string) => {
      const answer = await app.inject(`/api/v1/insights/export?${query}`)
      expect(answer.statusCode).toBe(422)
      return answer.json<{ errors: { pointer: string }[] }>().errors.map(({ pointer }) => pointer)
    }
    expect(await faults(YEAR)).toEqual(['/format'])
    expect(await faults(`${YEAR}&format=xlsx`)).toEqual(['/format'])
    expect(await faults(`${YEAR}&format=csv&limit=5`)).toEqual(['/limit'])
    expect(await faults(`${YEAR}&format=csv&metadata.unheard=1`)).toEqual(['/metadata.unheard'])
    await storeMany(20_000, { reasoning: 'x'.repeat(1_000) })
    const { request } = await openStalled(addressOf('format=ndjson'))
    const refused = await get('format=csv')
    expect({ status: refused.status, after: refused.headers.get('retry-after') }).toEqual({ status: 503, after: '10' })
    request.destroy()
    await expect.poll(async () => (await get('format=csv&sentiment=negative')).status, soon).toBe(200)
  })

  test('HEAD asks Postgres for nothing', async () => {
    const { origin } = await serve({ databaseUrl: 'postgres://u:p@127.0.0.1:1/x' })
    const answer = await fetch(`${origin}/export?${YEAR}&format=csv`, { method: 'HEAD' })
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present')
  })

  test('Postgres that is away before the first line is a 503', async () => {
    const { export: get } = await serve({ databaseUrl: 'postgres://u:p@127.0.0.1:1/x' })
    expect((await get('format=csv')).status).toBe(503)
  })

  test('(I8) a client that takes nothing holds what Postgres reads, and one that leaves ends it', async () => {
    const { addressOf } = await serve()
    await storeMany(20_000, { reasoning: 'x'.repeat(1_000) })
    const { request } = await openStalled(addressOf('format=ndjson'))
    const reads = async () => (await pool.query(RUNNING)).rowCount
    // Its transaction waits for the client, with most rows still to be read.
    await expect.poll(reads, soon).toBe(1)
    request.destroy()
    await expect.poll(reads, soon).toBe(0)
  })

  test('a client that leaves while Postgres still looks for the first line ends the query', async () => {
    const { addressOf } = await serve()
    await storeMany(2_000)
    const holder = await pool.connect()
    await holder.query('begin; lock table insights in access exclusive mode')
    const request = http.get(addressOf('format=csv'))
    request.on('error', () => undefined)
    const reads = async () => (await pool.query(RUNNING)).rowCount
    await expect.poll(reads, soon).toBe(1)
    request.destroy()
    await expect.poll(reads, soon).toBe(0)
    await holder.query('rollback')
    holder.release()
  })

  test('an error in the middle breaks the connection off: no client takes half an export for a whole one', async () => {
    const { addressOf } = await serve()
    await storeMany(20_000, { reasoning: 'x'.repeat(1_000) })
    const { response } = await openStalled(addressOf('format=ndjson'))
    const ended = text(response).then(
      () => 'whole',
      () => 'broken off',
    )
    await pool.query(`select pg_terminate_backend(pid) from (${RUNNING}) as running`)
    response.resume()
    expect(await ended).toBe('broken off')
  })
})

/** An export whose client has its head, and takes no more than its buffers do. */
async function openStalled(address: string) {
  const request = http.get(address, { agent: false })
  request.on('error', () => undefined)
  const [response] = (await once(request, 'response')) as [http.IncomingMessage]
  cleanups.push(() => request.destroy())
  return { request, response: response.pause() }
}
