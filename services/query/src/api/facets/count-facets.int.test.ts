import fc from 'fast-check'
import { sql } from 'slonik'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { storeInsights } from '../../counts/store-insights.fixture.ts'
import { LEVELS } from '../../counts/sum-insights.ts'
import { serveForTests } from '../serve.fixture.ts'
import { type Reader } from '../reading/open-database.ts'
import { shareReaders } from '../reading/share-readers.ts'
import type { InsightSelection } from '../selection/insight-selection.ts'
import {
  base,
  plainCondition,
  randomInsights,
  ROLLUPS_FROM_100,
  selections,
} from '../selection/random-insights.fixture.ts'
import { askRanked } from './ask-ranked.ts'
import { rolledPercent } from './rank-facets.ts'
import { selectFacetsOfRows, selectRolledFacets } from './select-facets.ts'
import { openTestDatabase } from '../open-test-database.fixture.ts'

const { pool, database } = await openTestDatabase('query-count-facets')
const readers = shareReaders({ cheap: database, dear: database, dearAtOnce: 1, mostWaiting: 10 })
beforeAll(async () => {
  const client = await pool.connect()
  await storeInsights(client, [...randomInsights(), ...known], { rollupsFrom: ROLLUPS_FROM_100 })
  await client.query(`update projection set facet_keys = '{product,team}'`)
  client.release()
})

/** In a year of their own. */
const known = [
  { clusters: ['billing', 'refund'], facets: ['source=http', 'metadata.product=a=b'], truncated: true },
  { clusters: ['billing'], facets: ['source=crm'] },
  { clusters: [], facets: ['source=crm'] },
].map((insight, index) =>
  Object.assign(insight, {
    conversation_id: `known_${index}`,
    created_at: Date.parse('2020-01-01T12:00:00Z'),
    model: 'grok',
    sentiment_score: -0.5,
    confidence: 1,
  }),
)

interface Asked {
  selection: InsightSelection
  limit: number
}
const asked = fc.record({
  // Half of them without what rollups cannot answer.
  selection: fc
    .tuple(selections, fc.boolean())
    .map(([selection, plain]) => (plain ? Object.assign(selection, { facets: [], truncated: null }) : selection)),
  limit: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.constant(100)),
})

const rolled = (query: Asked, mostRows: number) =>
  database.read((reader) => selectRolledFacets(reader, query, { mostRows, rollupsFrom: ROLLUPS_FROM_100 }))

/** As the address reads them. */
async function read(query: Asked, cheapRows = 200) {
  const found = await askRanked(readers, query.selection, {
    rolled:
      rolledPercent(query.selection) !== null
        ? (reader, mostRows) => selectRolledFacets(reader, query, { mostRows, rollupsFrom: ROLLUPS_FROM_100 })
        : null,
    rows: (reader) => selectFacetsOfRows(reader, query),
    cheapRows,
  })
  if (found.kind !== 'read') throw new Error(found.kind)
  return { total: found.value.total, facets: found.value.facets }
}

/** As it would be written without rollups. */
async function readPlainly({ selection, limit }: Asked) {
  const { condition, values } = plainCondition(selection, selection)
  const { rows } = await pool.query<{ facet: string; value: string; count: number }>(
    `select split_part(facet, '=', 1) as facet, substr(facet, strpos(facet, '=') + 1) as value, count(*)::integer as count
       from insights, unnest(array_remove(facets, 'truncated=true') || array['truncated=' || truncated, 'total=', 'sentiment=' ||
              case when sentiment_score < -0.2 then 'negative' when sentiment_score > 0.2 then 'positive' else 'neutral' end]) as facet
      where ${condition} group by facet order by count(*) desc, facet collate "C"`,
    values,
  )
  const valuesOf = (name: string) =>
    rows.filter(({ facet }) => facet === name).map(({ value, count }) => ({ value, count }))
  return {
    total: valuesOf('total')[0]?.count ?? 0,
    facets: ['sentiment', 'cluster', 'source', 'model', 'truncated', 'metadata.product', 'metadata.team'].map(
      (facet) => ({ facet, values: valuesOf(facet).slice(0, limit) }),
    ),
  }
}

const everything: InsightSelection = {
  time: 'created_at',
  start: base + 1,
  end: base + 4 * LEVELS.day,
  sentiment: null,
  minConfidence: null,
  facets: [],
  truncated: null,
  text: null,
}

describe('the counts of facets', () => {
  test("are SQL's own, for all filters, both times, windows of all lengths and limits above and below what is frequent", async () => {
    await fc.assert(
      fc.asyncProperty(asked, fc.constantFrom(0, 200, Infinity), async (query, cheapRows) => {
        expect(await read(query, cheapRows)).toEqual(await readPlainly(query))
      }),
      { numRuns: 200 },
    )
  })

  test('are of one moment, though several statements ask for them', async () => {
    const Total = z.object({ insights: z.int() })
    const ask = (reader: Reader) =>
      reader.one(sql.type(Total)`select insights::float8 from facet_totals where facet = 'model=grok'`)
    const add = (more: number) =>
      pool.query(`update facet_totals set insights = insights + $1 where facet = 'model=grok'`, [more])
    const [first, second] = await database.read(async (reader) => {
      const first = await ask(reader)
      await add(1)
      return [first, await ask(reader)]
    })
    await add(-1)
    expect(second).toEqual(first)
  })

  test('a rare value is left alone where it cannot be among the first', async () => {
    const kind = async (limit: number) => (await rolled({ selection: everything, limit }, 0)).kind
    // 'metadata.product=all' is the one frequent product; behind it come the rare ones.
    expect(await kind(1)).toBe('ranked')
    expect(await kind(2)).toBe('unfinished')
  })

  test('come from the rollups, also those of rare values that may be among the first, and else from rows', async () => {
    const changes: Partial<InsightSelection>[] = [
      {},
      { time: 'occurred_at', sentiment: 'neutral', minConfidence: 0.29 },
      { start: base + LEVELS.hour, end: base + 3 * LEVELS.hour - 1 },
    ]
    for (const change of changes)
      for (const limit of [1, 100]) {
        const query = { selection: { ...everything, ...change }, limit }
        expect(await rolled(query, Infinity)).toEqual({ kind: 'ranked', ...(await readPlainly(query)) })
      }
    await pool.query('update rollups set counts = array(select one * 3 from unnest(counts) as one)')
    for (const change of [
      {},
      { minConfidence: 0.285 },
      { facets: [['model=grok']] },
      { truncated: true },
    ] satisfies Partial<InsightSelection>[]) {
      const query = { selection: { ...everything, ...change }, limit: 1 }
      const differs = JSON.stringify(await read(query)) !== JSON.stringify(await readPlainly(query))
      expect({ change, differs }).toEqual({ change, differs: Object.keys(change).length === 0 })
    }
    await pool.query('update projection set counted = false')
    const query = { selection: everything, limit: 1 }
    expect(await read(query)).toEqual(await readPlainly(query))
  })
})

describe('GET /api/v1/insights/facets', () => {
  const app = serveForTests(database)
  afterAll(() => app.close())
  const get = async (query: Record<string, string>) => {
    const window = { start_time: '2020-01-01T00:00:00Z', end_time: '2020-01-01T23:59:59.999Z' }
    return app.inject({ url: '/api/v1/insights/facets', query: { ...window, ...query } })
  }

  test('answers with exactly the fields of the contract: every facet, most frequent first, then by name', async () => {
    const data = [
      { facet: 'sentiment', values: [{ value: 'negative', count: 3 }] },
      {
        facet: 'cluster',
        values: [
          { value: 'billing', count: 2 },
          { value: 'refund', count: 1 },
        ],
      },
      {
        facet: 'source',
        values: [
          { value: 'crm', count: 2 },
          { value: 'http', count: 1 },
        ],
      },
      { facet: 'model', values: [{ value: 'grok', count: 3 }] },
      {
        facet: 'truncated',
        values: [
          { value: 'false', count: 2 },
          { value: 'true', count: 1 },
        ],
      },
      { facet: 'metadata.product', values: [{ value: 'a=b', count: 1 }] },
      { facet: 'metadata.team', values: [] },
    ]
    const time_window = { start: '2020-01-01T00:00:00.000Z', end: '2020-01-01T23:59:59.999Z' }
    expect((await get({})).json()).toEqual({ metadata: { total_count: 3, time_window }, data })
  })

  test('a filter applies to its own facet', async () => {
    const { data } = (await get({ cluster: 'refund', limit: '1' })).json<{ data: unknown[] }>()
    expect(data[1]).toEqual({ facet: 'cluster', values: [{ value: 'billing', count: 1 }] })
  })

  test('a window of nothing is an answer', async () => {
    const { metadata, data } = (await get({ sentiment: 'positive' })).json<Record<string, unknown>>()
    expect(metadata).toMatchObject({ total_count: 0 })
    expect((data as { values: unknown[] }[]).flatMap(({ values }) => values)).toEqual([])
  })

  test('what is no parameter and what is no key of the metadata is refused by name', async () => {
    for (const [query, pointer] of [
      [{ clusters: 'billing' }, '/clusters'],
      [{ limit: '101' }, '/limit'],
      [{ 'metadata.color': 'red' }, '/metadata.color'],
    ] as const) {
      const answer = await get(query)
      const { errors } = answer.json<{ errors: { pointer: string }[] }>()
      expect({ status: answer.statusCode, pointer: errors[0]?.pointer }).toEqual({ status: 422, pointer })
    }
  })
})
