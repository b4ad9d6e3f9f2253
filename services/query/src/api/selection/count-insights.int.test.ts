import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { storeInsights } from '../../counts/store-insights.fixture.ts'
import { LEVELS } from '../../counts/sum-insights.ts'
import { selectCount } from './count-insights.ts'
import type { InsightSelection } from './insight-selection.ts'
import { base, plainCondition, randomInsights, ROLLUPS_FROM_100, selections } from './random-insights.fixture.ts'
import { openTestDatabase } from '../open-test-database.fixture.ts'

const { hour: HOUR, day: DAY } = LEVELS

const { pool, database } = await openTestDatabase('query-count-insights')

beforeAll(async () => {
  const client = await pool.connect()
  await storeInsights(client, randomInsights(), { rollupsFrom: ROLLUPS_FROM_100 })
  client.release()
})

const count = (selection: InsightSelection) =>
  database.read((reader) => selectCount(reader, selection, ROLLUPS_FROM_100))

/** As it would be written without rollups. */
async function countPlainly(selection: InsightSelection): Promise<number> {
  const { condition, values } = plainCondition(selection, selection)
  const { rows } = await pool.query<{ count: number }>(
    `select count(*)::float8 from insights where ${condition}`,
    values,
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

test('rollups answer what they can: one frequent facet at most, whole hours, and only once they are there', async () => {
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
    { minConfidence: 0.285 },
    { minConfidence: 0.1 + 0.2, sentiment: 'negative', facets: [['cluster=billing']] },
    { start: base - 100_000 * DAY, end: base + 100_000 * DAY },
    { facets: [['cluster=billing']] },
    { facets: [['cluster=Billing', 'cluster=billing']] },
    { facets: [['metadata.product=all']], minConfidence: 0 },
    { start: base + HOUR, end: base + 2 * HOUR - 1 },
  ] satisfies Partial<InsightSelection>[])
    expect({ changes, rolled: await isRolled(changes) }).toEqual({ changes, rolled: true })
  for (const changes of [
    { facets: [['metadata.product=123']], minConfidence: 0.285 },
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
