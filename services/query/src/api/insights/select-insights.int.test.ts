import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { storeInsights } from '../../counts/store-insights.fixture.ts'
import type { Position } from '../parameters/cursor.ts'
import type { InsightSelection } from '../selection/insight-selection.ts'
import { plainCondition, randomInsights, ROLLUPS_FROM_100, selections } from '../selection/random-insights.fixture.ts'
import { selectInsights } from './select-insights.ts'
import { openTestDatabase } from '../open-test-database.fixture.ts'

const { pool, database } = await openTestDatabase('query-select-insights')
beforeAll(async () => {
  const client = await pool.connect()
  await storeInsights(client, randomInsights(), { rollupsFrom: ROLLUPS_FROM_100 })
  client.release()
})

/** All that a selection has, newest first, as it would be written without rollups. */
async function listPlainly(selection: InsightSelection): Promise<string[]> {
  const { condition, values } = plainCondition(selection, selection)
  const { rows } = await pool.query<{ id: string }>(
    `select conversation_id as id from insights where ${condition}
      order by ${selection.time} desc, conversation_id desc`,
    values,
  )
  return rows.map(({ id }) => id)
}

async function walk(selection: InsightSelection, limit: number, pages: number): Promise<string[]> {
  const found: string[] = []
  let after: Position | null = null
  for (let page = 0; page < pages; page++) {
    const asked: Parameters<typeof selectInsights>[1] = { selection, after, limit }
    const { insights: some } = await database.read((reader) => selectInsights(reader, asked, ROLLUPS_FROM_100))
    found.push(...some.map(({ conversation_id }) => conversation_id))
    const last = some.at(-1)
    if (some.length < limit || last === undefined) break
    after = { at: last[selection.time], id: last.conversation_id }
  }
  return found
}

test('pages have what all rows sorted have, for both times and every filter, however far apart the matches are', async () => {
  const asked = fc.record({
    selection: selections,
    limit: fc.constantFrom(1, 3, 20, 400),
    pages: fc.constantFrom(1, 4),
  })
  await fc.assert(
    fc.asyncProperty(asked, async ({ selection, limit, pages }) => {
      expect(await walk(selection, limit, pages)).toEqual((await listPlainly(selection)).slice(0, limit * pages))
    }),
    { numRuns: 250 },
  )
})

test('before the insights are counted pages are complete', async () => {
  await pool.query('update projection set counted = false')
  await fc.assert(
    fc.asyncProperty(selections, async (selection) => {
      expect(await walk(selection, 5, 1)).toEqual((await listPlainly(selection)).slice(0, 5))
    }),
    { numRuns: 50 },
  )
})
