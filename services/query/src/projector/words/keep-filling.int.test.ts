import { createLogger } from '@insights/runtime/logger'
import { testContext } from '@insights/stack/test-context'
import pg from 'pg'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { sampleInsight } from '../../sample-insight.fixture.ts'
import { emptyTables } from '../dump-tables.fixture.ts'
import { storeInsights } from '../store-insights.fixture.ts'
import { fillWords } from './fill-words.ts'
import { createWordsFill } from './keep-filling.ts'

const context = await testContext('query-words')
const pool = new pg.Pool({ connectionString: context.env['DATABASE_URL'] ?? '', max: 3 })
const log = createLogger({ service: 'test', level: 'silent' })
const soon = { timeout: 20_000 }
const shards = 12
afterAll(async () => {
  await pool.end()
  await context.stop()
})
beforeEach(async () => {
  await emptyTables(pool)
  await pool.query('update projection set text_search = false, searchable = false')
})

async function search(): Promise<{ searchable: boolean; words: Record<string, string> }> {
  const { rows } = await pool.query<{ id: string; words: string }>(
    'select conversation_id as id, words::text from insight_words order by 1',
  )
  const { rows: known } = await pool.query<{ searchable: boolean }>('select searchable from projection')
  return {
    searchable: known[0]?.searchable === true,
    words: Object.fromEntries(rows.map(({ id, words }) => [id, words])),
  }
}

async function withFill(textSearch: boolean, work: () => Promise<void>): Promise<void> {
  const part = createWordsFill({ pool, textSearch, shards, log, crash: (error) => expect.unreachable(String(error)) })
  await part.start?.(new AbortController().signal)
  await work()
  await part.stop?.()
}

const insight = (id: string, reasoning: string, offset = 1) =>
  sampleInsight({
    conversation_id: id,
    reasoning,
    origin: { topic: 'conversations.received', partition: 0, offset, appended_at: offset },
  })

test('insights of before are made searchable, those that come meanwhile are at once, and TEXT_SEARCH=false ends it', async () => {
  await storeInsights(pool, [insight('a', 'Late refund'), insight('b', 'angry')])
  expect(await search()).toEqual({ searchable: false, words: {} })
  await withFill(true, async () => {
    await expect.poll(search, soon).toEqual({ searchable: true, words: { a: "'late':1 'refund':2", b: "'angry':1" } })
    await storeInsights(pool, [insight('a', 'thanks', 2), insight('c', 'Straße/école')])
    expect((await search()).words).toEqual({ a: "'thanks':1", b: "'angry':1", c: "'ecole':2 'straße':1" })
  })
  await withFill(false, async () => {
    await expect.poll(async () => (await search()).searchable, soon).toBe(false)
  })
  await storeInsights(pool, [insight('b', 'calm', 2)])
  expect((await search()).words['b']).toBe("'angry':1")
  await withFill(true, async () => {
    await expect.poll(search, soon).toMatchObject({ searchable: true, words: { b: "'calm':1" } })
  })
})

test('in steps, each behind the one before, and only the last says that all is done', async () => {
  await storeInsights(
    pool,
    ['a', 'b', 'c'].map((id) => insight(id, id)),
  )
  await pool.query('update projection set text_search = true')
  const step = (after: string) => fillWords(pool, { after, most: 2, shards: [0] })
  expect([await step(''), await step('b')]).toEqual(['b', 'c'])
  expect(await search()).toEqual({ searchable: false, words: { a: "'a':1", b: "'b':1", c: "'c':1" } })
  expect(await step('c')).toBeNull()
  expect((await search()).searchable).toBe(true)
})

test('(I2) a text that is too large for a tsvector is searchable by its beginning, whatever it is made of', async () => {
  await pool.query('update projection set text_search = true')
  const many = (toText: (index: number) => string, count = 120_000) =>
    Array.from({ length: count }, (_, n) => toText(n)).join('')
  const texts = [
    many((n) => ` ${n.toString(36)}`),
    many((n) => String.fromCodePoint(0x20000 + (n % 40_000))),
    many((n) => ` ${String.fromCodePoint(0x10000 + (n % 60_000))}`),
    '\uFDFA'.repeat(50_000),
    `first ${'x'.repeat(900_000)}`,
    many((n) => `a-${n}/`),
    '"\'\\:*&|!<->()'.repeat(60_000),
  ]
  await storeInsights(
    pool,
    texts.map((text, index) => insight(`long_${index}`, text)),
  )
  expect(Object.keys((await search()).words)).toHaveLength(texts.length)
})

test('an insight that goes takes its words with it', async () => {
  await pool.query('update projection set text_search = true')
  await storeInsights(pool, [insight('a', 'refund')])
  await pool.query(`begin; select set_config('insights.projector', '3', true); delete from insights; commit`)
  expect((await search()).words).toEqual({})
})
