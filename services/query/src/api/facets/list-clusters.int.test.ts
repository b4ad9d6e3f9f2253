import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { storeInsights } from '../../counts/store-insights.fixture.ts'
import { serveForTests } from '../serve.fixture.ts'
import { shareReaders } from '../reading/share-readers.ts'
import type { InsightSelection } from '../selection/insight-selection.ts'
import { plainCondition, randomInsights, ROLLUPS_FROM_100, selections } from '../selection/random-insights.fixture.ts'
import { windowBefore } from '../selection/window-before.ts'
import { askRanked } from './ask-ranked.ts'
import { rolledPercent } from './rank-facets.ts'
import { type Clusters, selectClustersOfRows, selectRolledClusters } from './select-clusters.ts'
import { openTestDatabase } from '../open-test-database.fixture.ts'

const { pool, database } = await openTestDatabase('query-list-clusters')
const readers = shareReaders({ cheap: database, dear: database, dearAtOnce: 1, mostWaiting: 10 })
beforeAll(async () => {
  const client = await pool.connect()
  // A tail of clusters that are too rare for rollups, and some that only few windows have.
  const insights = randomInsights()
  for (const [at, { clusters }] of insights.entries()) if (at % 3 === 0) clusters.push(`rare ${(at * 7) % 40}`)
  await storeInsights(client, [...insights, ...known], { rollupsFrom: ROLLUPS_FROM_100 })
  await client.query(`update projection set facet_keys = '{product}'`)
  client.release()
})

/** In a year of their own. */
const known = [
  { at: '2020-01-01T12:00:00Z', clusters: ['known one'], sentiment_score: 0 },
  { at: '2020-01-02T12:00:00Z', clusters: ['known one', 'known two'], sentiment_score: 0.5 },
  { at: '2020-01-02T13:00:00Z', clusters: ['known one'], sentiment_score: -0.4 },
  { at: '2020-01-02T14:00:00Z', clusters: [], sentiment_score: 0.9 },
].map(({ at, ...insight }, index) =>
  Object.assign(insight, {
    conversation_id: `known_${index}`,
    created_at: Date.parse(at),
    model: 'grok',
    confidence: 1,
  }),
)

const asked = fc.record({
  // Half of them without what rollups cannot answer.
  selection: fc
    .tuple(selections, fc.boolean())
    .map(([selection, plain]) =>
      plain ? Object.assign(selection, { facets: [], truncated: null, minConfidence: null }) : selection,
    ),
  limit: fc.oneof(fc.integer({ min: 1, max: 10 }), fc.constant(100)),
})
type Asked = { selection: InsightSelection; limit: number }

/** As the address reads them. */
async function read({ selection, limit }: Asked, cheapRows: number) {
  const query = { selection, limit, before: windowBefore(selection) }
  const found = await askRanked(readers, selection, {
    rolled:
      rolledPercent(selection) === 0
        ? (reader, mostRows) => selectRolledClusters(reader, query, { mostRows, rollupsFrom: ROLLUPS_FROM_100 })
        : null,
    rows: (reader) => selectClustersOfRows(reader, query, { rollupsFrom: ROLLUPS_FROM_100 }),
    cheapRows,
  })
  if (found.kind !== 'read') throw new Error(found.kind)
  return found.value
}
const figuresOf = ({ all, clusters, previous, firstSeen }: Clusters) =>
  [all, ...clusters].map((row) =>
    Object.assign(row, {
      previous: previous && (previous.get(row.facet) ?? 0),
      first_seen: firstSeen.get(row.facet) ?? null,
    }),
  )

/** As it would be written without rollups. */
async function readPlainly({ selection, limit }: Asked) {
  const before = windowBefore(selection)
  const [now, earlier] = [selection, before && { start: before.first, end: before.last }].map(
    (window) => window && plainCondition(selection, window),
  )
  const sums = (values: string) => `
    count(*) filter (where sentiment_score < -0.2)::integer as negative,
    count(*) filter (where sentiment_score between -0.2 and 0.2)::integer as neutral,
    count(*) filter (where sentiment_score > 0.2)::integer as positive,
    array_agg(sentiment_score) as sentiment, array_agg(confidence) as confidence ${values}`
  const { rows: all } = await pool.query(
    `select '' as facet, ${sums('')} from insights where ${now?.condition}`,
    now?.values,
  )
  const { rows } = await pool.query(
    `select 'cluster=' || cluster collate "C" as facet, ${sums(`, (select min(${selection.time}) from insights where cluster = any(clusters)) as first_seen`)}
       from insights, unnest(clusters) as cluster where ${now?.condition}
      group by 1, cluster order by count(*) desc, 1 limit ${limit}`,
    now?.values,
  )
  const counts = new Map<string, number>()
  if (earlier) {
    const { rows: found } = await pool.query<{ facet: string; count: number }>(
      `select facet, count(*)::integer as count from insights, unnest(array_append(facets, '')) as facet where ${earlier.condition} group by 1`,
      earlier.values,
    )
    for (const { facet, count } of found) counts.set(facet, count)
  }
  return [...all, ...rows].map(({ sentiment, confidence, first_seen = null, ...row }: Record<string, unknown>) =>
    Object.assign(row, {
      sentiment_micros: sumMicros(sentiment),
      confidence_micros: sumMicros(confidence),
      previous: earlier ? (counts.get(String(row['facet'])) ?? 0) : null,
      first_seen: first_seen === null ? null : (first_seen as Date).getTime(),
    }),
  )
}

/** As the rollups are made. */
const sumMicros = (values: unknown): number =>
  ((values ?? []) as number[]).reduce((sum, one) => sum + Math.round(one * 1e6), 0)

describe('the figures of clusters', () => {
  test("are SQL's own, with those of the window before and the first insight, for all filters and windows", async () => {
    await fc.assert(
      fc.asyncProperty(asked, fc.constantFrom(0, 300, Infinity), async (query, cheapRows) => {
        expect(figuresOf(await read(query, cheapRows))).toEqual(await readPlainly(query))
      }),
      { numRuns: 200 },
    )
  })

  test('are those of the rows until there are counts', async () => {
    await pool.query('update projection set counted = false; update rollups set sentiment_micros = confidence_micros')
    await fc.assert(
      fc.asyncProperty(asked, async (query) => {
        expect(figuresOf(await read(query, 300))).toEqual(await readPlainly(query))
      }),
      { numRuns: 20 },
    )
  })
})

describe('GET /api/v1/clusters', () => {
  const app = serveForTests(database)
  afterAll(() => app.close())
  const get = async (query: Record<string, string>) =>
    (await app.inject({ url: '/api/v1/clusters', query })).json<Record<string, unknown>>()

  test('answers with exactly the fields of the contract', async () => {
    expect(await get({ start_time: '2020-01-02T00:00:00Z', end_time: '2020-01-02T23:59:59.999Z' })).toEqual({
      metadata: {
        total_count: 3,
        returned_count: 2,
        time_window: { start: '2020-01-02T00:00:00.000Z', end: '2020-01-02T23:59:59.999Z' },
        previous_total_count: 1,
        previous_time_window: { start: '2020-01-01T00:00:00.000Z', end: '2020-01-01T23:59:59.999Z' },
      },
      data: [
        {
          cluster: 'known one',
          count: 2,
          share: 0.666667,
          mean_sentiment: 0.05,
          positive: 1,
          neutral: 0,
          negative: 1,
          previous_count: 1,
          count_change: 1,
          share_change: -0.333333,
          first_seen: '2020-01-01T12:00:00.000Z',
        },
        {
          cluster: 'known two',
          count: 1,
          share: 0.333333,
          mean_sentiment: 0.5,
          positive: 1,
          neutral: 0,
          negative: 0,
          previous_count: 0,
          count_change: 1,
          share_change: 0.333333,
          first_seen: '2020-01-02T12:00:00.000Z',
        },
      ],
    })
  })

  test('without insights before there is no share to compare with; before the year 1 there is no window', async () => {
    const first = { start_time: '2020-01-01T00:00:00Z', end_time: '2020-01-01T23:59:59.999Z' }
    expect((await get(first))['data']).toMatchObject([{ cluster: 'known one', previous_count: 0, share_change: null }])
    const all = { start_time: '0001-01-01', end_time: '9999-12-31', limit: '1' }
    expect(await get(all)).toMatchObject({
      metadata: { previous_time_window: null, previous_total_count: null, returned_count: 1 },
      data: [{ previous_count: null, count_change: null, share_change: null }],
    })
  })
})
