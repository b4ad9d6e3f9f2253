import { testContext } from '@insights/stack/test-context'
import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { storeInsights } from '../../counts/store-insights.fixture.ts'
import { LEVELS, type InsightTime } from '../../counts/sum-insights.ts'
import { selectCount } from './count-insights.ts'
import type { InsightSelection } from './insight-selection.ts'
import { openDatabase } from '../reading/open-database.ts'

const context = await testContext('query-count-insights')
const url = context.env['DATABASE_URL'] ?? ''
const pool = new pg.Pool({ connectionString: url, max: 1 })
const database = openDatabase({ url, maxConnections: 2, statementTimeoutMs: 10_000 })
afterAll(async () => {
  await database.close()
  await pool.end()
  await context.stop()
})

const { hour: HOUR, day: DAY } = LEVELS
const base = Date.parse('2026-03-01T00:00:00Z')
/** Times near the beginnings of hours, of 1970 and of the centuries that may be asked for. */
const time = fc.oneof(
  { weight: 20, arbitrary: fc.integer({ min: 0, max: 5 * DAY }).map((ms) => base + ms) },
  {
    weight: 5,
    arbitrary: fc
      .tuple(fc.integer({ min: 0, max: 120 }), fc.constantFrom(-1, 0, 1))
      .map(([hours, ms]) => base + hours * HOUR + ms),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('0001-01-01T00:00:00Z', '1969-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z')
      .map(Date.parse),
  },
)
const CONFIDENCES = [0, 0.285, 0.29, 0.3, 0.1 + 0.2, 0.57, 0.58, 1]
const confidence = fc.oneof(fc.constantFrom(...CONFIDENCES), fc.double({ min: 0, max: 1, noNaN: true }))
const insights = fc
  .sample(
    fc.record({
      created_at: time,
      occurred_at: time,
      sentiment_score: fc.constantFrom(-1, -0.2000001, -0.2, 0, 0.2, 0.2000001, 0.9),
      confidence,
      clusters: fc.uniqueArray(fc.constantFrom('billing', 'Refund', 'refund', 'login', 'a "b"', 'c\\{,}'), {
        maxLength: 3,
      }),
      model: fc.constantFrom('simulator', 'grok'),
      truncated: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
      // A tail of values that are too rare for rollups.
      facets: fc
        .integer({ min: 0, max: 300 })
        .map((product) => [`metadata.product=${product < 100 ? 'all' : product}`]),
    }),
    { numRuns: 3_000, seed: 12 },
  )
  .map((insight, index) => Object.assign(insight, { conversation_id: `conv_${index}` }))
beforeAll(async () => {
  const client = await pool.connect()
  await storeInsights(client, insights, { rollupsFrom: 100 })
  client.release()
})

const anyOf = (facet: string, ...more: string[]) => [facet, ...more]
const facets = fc.oneof(
  fc.constant([]),
  fc.constantFrom(
    ...['billing', 'Refund', 'a "b"', 'c\\{,}', 'absent'].map((name) => [anyOf(`cluster=${name}`)]),
    [anyOf('model=grok')],
    [anyOf('metadata.product=all')],
    [anyOf('metadata.product=123')],
    [anyOf('cluster=Refund', 'cluster=refund')],
    [anyOf('cluster=Billing', 'cluster=billing')],
    [anyOf('cluster=NONE', 'cluster=none')],
    [anyOf('model=grok'), anyOf('cluster=Refund', 'cluster=refund')],
    [anyOf('model=grok'), anyOf('cluster=login'), anyOf('metadata.product=all')],
  ),
)
const selections = fc.record({
  time: fc.constantFrom<InsightTime>('created_at', 'occurred_at'),
  start: time,
  end: time,
  sentiment: fc.constantFrom(null, 'negative', 'neutral', 'positive'),
  minConfidence: fc.oneof(
    fc.constant(null),
    fc.integer({ min: 0, max: 100 }).map((n) => n / 100),
    confidence,
  ),
  facets,
  truncated: fc.constantFrom(null, true, false),
  text: fc.constant(null),
})

const count = (selection: InsightSelection) => database.read((reader) => selectCount(reader, selection, 100))

/** As it would be written without rollups. */
async function countPlainly({
  time,
  start,
  end,
  sentiment,
  minConfidence,
  facets,
  truncated,
}: InsightSelection): Promise<number> {
  const sentiments = { negative: '< -0.2', neutral: 'between -0.2 and 0.2', positive: '> 0.2' }
  const { rows } = await pool.query<{ count: number }>(
    `select count(*)::float8 from insights
      where ${time} >= $1 and ${time} <= $2 and confidence >= $3
        and ${sentiment === null ? 'true' : `sentiment_score ${sentiments[sentiment]}`}
        ${truncated === null ? '' : `and truncated is ${truncated}`}
        ${facets.map((_, at) => `and facets && $${at + 4}`).join(' ')}`,
    [new Date(start).toISOString(), new Date(end).toISOString(), minConfidence ?? 0, ...facets],
  )
  return rows[0]?.count ?? Number.NaN
}

test("a count is SQL's own, for both times, all facets, odd thresholds and windows at the beginning of hours", async () => {
  await fc.assert(
    fc.asyncProperty(selections, async (selection) => {
      expect(await count(selection)).toBe(await countPlainly(selection))
    }),
    { numRuns: 500 },
  )
})

test('rollups answer what they can: one frequent facet at most, a whole percent, whole hours, and only once they are there', async () => {
  const everything: InsightSelection = {
    time: 'created_at',
    start: base + 1,
    end: base + 4 * DAY,
    sentiment: null,
    minConfidence: null,
    facets: [],
    truncated: null,
    text: null,
  }
  /** Whether a count comes from the rollups: it is another while they are wrong. */
  const isRolled = async (changes: Partial<InsightSelection>) => {
    const selection = { ...everything, ...changes }
    return (await count(selection)) !== (await countPlainly(selection))
  }
  await pool.query('create table kept as select * from rollups')
  await pool.query('update rollups set counts = array(select one + 1000 from unnest(counts) as one)')
  for (const changes of [
    {},
    { time: 'occurred_at', sentiment: 'neutral', minConfidence: 0.29 },
    { minConfidence: 1 },
    { start: base - 100_000 * DAY, end: base + 100_000 * DAY },
    { facets: [['cluster=billing']] },
    { facets: [['cluster=Billing', 'cluster=billing']] },
    { facets: [['metadata.product=all']], minConfidence: 0 },
    { start: base + HOUR, end: base + 2 * HOUR - 1 },
  ] satisfies Partial<InsightSelection>[])
    expect({ changes, rolled: await isRolled(changes) }).toEqual({ changes, rolled: true })
  for (const changes of [
    { minConfidence: 0.285 },
    { minConfidence: 0.1 + 0.2 },
    { facets: [['metadata.product=123']] },
    { facets: [['cluster=Refund', 'cluster=refund']] },
    { facets: [['cluster=billing'], ['model=grok']] },
    { start: base + HOUR + 1, end: base + 2 * HOUR },
    { start: base + HOUR, end: base + HOUR - 1 },
  ] satisfies Partial<InsightSelection>[])
    expect({ changes, rolled: await isRolled(changes) }).toEqual({ changes, rolled: false })
  await pool.query('update projection set counted = false')
  expect(await isRolled({})).toBe(false)
  await pool.query('update projection set counted = true')
  await pool.query('delete from rollups; insert into rollups select * from kept; drop table kept')
  expect(await isRolled({})).toBe(false)
})
