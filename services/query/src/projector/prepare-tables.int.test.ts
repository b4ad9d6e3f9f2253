import { createLogger } from '@insights/runtime/logger'
import { testContext } from '@insights/stack/test-context'
import pg from 'pg'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { sampleInsight } from '../sample-insight.fixture.ts'
import { createCountOnce } from './count-once.ts'
import { dumpTables, emptyTables } from './dump-tables.fixture.ts'
import { prepareTables } from './prepare-tables.ts'
import { storeInsights } from './store-insights.fixture.ts'
import { inTransaction } from './write/in-transaction.ts'

const context = await testContext('query-prepare-tables')
const databaseUrl = context.env['DATABASE_URL'] ?? ''
const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 })
const log = createLogger({ service: 'test', level: 'silent' })
const soon = { timeout: 20_000 }
afterAll(async () => {
  await pool.end()
  await context.stop()
})
beforeEach(async () => {
  await emptyTables(pool)
  await pool.query("update projection set counted = true, facet_keys = '{}'")
})

const counted = () => Promise.resolve(null)
const counter = () => createCountOnce({ databaseUrl, shards: 12, log, now: () => performance.now() })
/** As migrations leave the tables of a version that kept no counts. */
async function forgetCounts() {
  await pool.query('update projection set counted = false; truncate facet_totals, rollups, usage_by_day')
}

test('empty tables take the facet keys over; others are not mixed with counts by other keys', async () => {
  expect(await prepareTables(pool, { facetKeys: ['channel'], count: counted })).toBeNull()
  expect(await prepareTables(pool, { facetKeys: ['team', 'vip'], count: counted })).toBeNull()
  await storeInsights(pool, [sampleInsight()])
  expect(await prepareTables(pool, { facetKeys: ['team', 'vip'], count: counted })).toBeNull()
  expect(await prepareTables(pool, { facetKeys: ['channel'], count: counted })).toBe(
    'FACET_KEYS is "channel", and the tables were made with "team,vip": run npm run rebuild, or set it back',
  )
})

test('(I7) insights of a version that kept no counts are counted once, as if each had been when it came', async () => {
  await storeInsights(
    pool,
    Array.from({ length: 1_500 }, (_, index) =>
      sampleInsight({
        conversation_id: `conv_${index}`,
        created_at: index * 10_000_000,
        confidence: (index % 100) / 100,
      }),
    ),
  )
  const before = await dumpTables(pool)
  await forgetCounts()
  const { look } = counter()
  const prepare = () => prepareTables(pool, { facetKeys: ['channel'], count: look })
  await expect.poll(prepare, soon).toBeNull()
  expect(await dumpTables(pool)).toEqual(before)
  expect(before['rollups']?.length).toBeGreaterThan(1_000)
})

test('two projectors that start at once count once; a stop in the middle leaves nothing half done', async () => {
  await storeInsights(pool, [sampleInsight()])
  const before = await dumpTables(pool)
  await forgetCounts()
  await inTransaction(pool, [3], async () => {
    const { look } = counter()
    await expect.poll(look, soon).toContain('another projector writes')
  })
  const stopped = counter()
  await Promise.all([stopped.look().catch(() => null), stopped.stop()])
  const counters = [counter(), counter()]
  await expect.poll(() => Promise.all(counters.map(({ look }) => look())), soon).toEqual([null, null])
  expect(await dumpTables(pool)).toEqual(before)
})
