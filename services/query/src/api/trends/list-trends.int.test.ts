import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { storeInsights } from '../../counts/store-insights.fixture.ts'
import { LEVELS } from '../../counts/sum-insights.ts'
import { serveForTests } from '../serve.fixture.ts'
import { totalOf } from '../selection/figures.ts'
import type { InsightSelection } from '../selection/insight-selection.ts'
import {
  base,
  plainCondition,
  randomInsights,
  ROLLUPS_FROM_100,
  selections,
} from '../selection/random-insights.fixture.ts'
import { windowBefore } from '../selection/window-before.ts'
import { type Interval, INTERVALS, listIntervals } from './intervals.ts'
import { readTrend } from './list-trends.ts'
import { selectTrend, type Trend } from './select-trend.ts'
import { MOST_INTERVALS } from './trends-query.ts'
import { openTestDatabase } from '../open-test-database.fixture.ts'

const { pool, database } = await openTestDatabase('query-list-trends')
beforeAll(async () => {
  const client = await pool.connect()
  await storeInsights(client, [...randomInsights(), ...known], { rollupsFrom: ROLLUPS_FROM_100 })
  client.release()
})

/** In years of their own. */
const known = [
  { at: '2020-01-01T23:59:59.999Z', sentiment_score: 0.5, confidence: 0.9 },
  { at: '2020-01-02T00:00:00.000Z', sentiment_score: -0.9, confidence: 0.7 },
  { at: '2020-01-02T12:00:00.000Z', sentiment_score: 0.123456, confidence: 0.8 },
  { at: '2020-01-04T12:00:00.000Z', sentiment_score: 1, confidence: 1 },
].map(({ at, ...insight }, index) =>
  Object.assign(insight, {
    conversation_id: `known_${index}`,
    created_at: Date.parse(at),
    clusters: [],
    model: 'grok',
  }),
)

const trends = fc
  .record({
    selection: selections,
    interval: fc.constantFrom<Interval>(...INTERVALS),
    compare: fc.boolean(),
    percentiles: fc.boolean(),
  })
  .filter(({ selection, interval }) => listIntervals(interval, selection, MOST_INTERVALS + 1).length <= MOST_INTERVALS)

/** Without intervals of nothing: rollups also have those that have insights of another sentiment. */
async function read(trend: Trend) {
  const rows = await database.read((reader) => selectTrend(reader, trend, ROLLUPS_FROM_100))
  return rows
    .filter((row) => totalOf(row) > 0)
    .toSorted((one, other) => Number(one.before) - Number(other.before) || one.start - other.start)
}

/** As it would be written without rollups. */
async function readPlainly({ selection, interval, before, percentiles }: Trend) {
  const group = async (window: { start: number; end: number; shift: number }) => {
    const { condition, values } = plainCondition(selection, window)
    const { rows } = await pool.query(
      `select (extract(epoch from date_trunc('${interval}', (${selection.time} + ${window.shift} * interval '1 millisecond') at time zone 'UTC') at time zone 'UTC') * 1000)::float8 as start,
              ${percentiles ? 'percentile_disc(array[0.1, 0.5, 0.9]) within group (order by sentiment_score)' : 'null'} as scores,
              count(*) filter (where sentiment_score < -0.2)::integer as negative,
              count(*) filter (where sentiment_score between -0.2 and 0.2)::integer as neutral,
              count(*) filter (where sentiment_score > 0.2)::integer as positive,
              array_agg(sentiment_score) as sentiment, array_agg(confidence) as confidence
         from insights where ${condition} group by 1 order by 1`,
      values,
    )
    return rows.map(({ sentiment, confidence, ...row }: Record<string, unknown>) =>
      Object.assign(row, {
        sentiment_micros: sumMicros(sentiment),
        confidence_micros: sumMicros(confidence),
        before: window.shift > 0,
      }),
    )
  }
  return [...(await group({ ...selection, shift: 0 })), ...(before === null ? [] : await group(before))]
}

/** As the rollups are made. */
const sumMicros = (values: unknown): number => (values as number[]).reduce((sum, one) => sum + Math.round(one * 1e6), 0)

const toBefore = (selection: InsightSelection) => {
  const window = windowBefore(selection)
  return window && { start: window.first, end: window.last, shift: window.shift }
}

const none = { sentiment: null, minConfidence: null, facets: [], truncated: null, text: null } as const

describe('the figures of intervals', () => {
  test("are SQL's own, for all filters, both times, every interval, and the window before", async () => {
    await fc.assert(
      fc.asyncProperty(trends, async ({ compare, ...others }) => {
        const trend = { ...others, before: compare ? toBefore(others.selection) : null }
        expect(await read(trend)).toEqual(await readPlainly(trend))
      }),
      { numRuns: 200 },
    )
  })

  test('come from the rollups where they can: whole hours and days, one frequent facet at most, and only once they are there', async () => {
    const selection: InsightSelection = { time: 'created_at', start: base, end: base + 4 * LEVELS.day, ...none }
    const trend = { selection, interval: 'day' as Interval, before: null, percentiles: false }
    /** Whether figures come from the rollups: they are others while those are wrong. */
    const isRolled = async (changes: Partial<Trend>, ofSelection: Partial<InsightSelection> = {}) => {
      const one: Trend = { ...trend, ...changes, selection: { ...selection, ...ofSelection } }
      return !isDeepStrictEqual(await read(one), await readPlainly(one))
    }
    await pool.query('create table kept as select * from rollups')
    await pool.query('update rollups set counts = array(select one * 3 from unnest(counts) as one)')
    const shifted = (ms: number) => ({ start: selection.start - ms, end: selection.end - ms, shift: ms })
    expect({
      all: await isRolled({}),
      hours: await isRolled({ interval: 'hour' }),
      months: await isRolled({ interval: 'month' }),
      'one facet': await isRolled({}, { facets: [['cluster=billing']], minConfidence: 0 }),
      'a sentiment, by the other time': await isRolled({}, { sentiment: 'negative', time: 'occurred_at' }),
      'not truncated': await isRolled({}, { truncated: false }),
      'a window before that is whole hours earlier': await isRolled(
        { before: shifted(36 * LEVELS.hour) },
        { start: base + 1, end: base + 2 },
      ),
    }).toEqual({
      all: true,
      hours: true,
      months: true,
      'one facet': true,
      'a sentiment, by the other time': true,
      'not truncated': true,
      'a window before that is whole hours earlier': true,
    })
    expect({
      minutes: await isRolled({ interval: 'minute' }),
      percentiles: await isRolled({ percentiles: true }),
      'a threshold': await isRolled({}, { minConfidence: 0.5 }),
      'a rare facet': await isRolled({}, { facets: [['metadata.product=123']] }),
      'two facets': await isRolled({}, { facets: [['cluster=billing'], ['model=grok']] }),
      'a window before that is minutes earlier': await isRolled(
        { before: shifted(36 * LEVELS.hour + 60_000) },
        { start: base + 1, end: base + 2 },
      ),
    }).toEqual({
      minutes: false,
      percentiles: false,
      'a threshold': false,
      'a rare facet': false,
      'two facets': false,
      'a window before that is minutes earlier': false,
    })
    await pool.query('update projection set counted = false')
    expect(await isRolled({})).toBe(false)
    await pool.query('update projection set counted = true')
    await pool.query('delete from rollups; insert into rollups select * from kept; drop table kept')
    expect(await isRolled({})).toBe(false)
  })
})

describe('GET /api/v1/trends', () => {
  const app = serveForTests(database)
  afterAll(() => app.close())
  const get = async (query: Record<string, string>) => {
    const answer = await app.inject({ url: '/api/v1/trends', query })
    return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() }
  }

  test('answers with exactly the fields of the contract, the empty intervals, and those of the window before', async () => {
    const query = {
      start_time: '2020-01-02T00:00:00Z',
      end_time: '2020-01-03T23:59:59.999Z',
      compare: 'previous',
      percentiles: 'true',
    }
    const none = { count: 0, mean_sentiment: null, mean_confidence: null, positive: 0, neutral: 0, negative: 0 }
    const noScores = { p10: null, p50: null, p90: null }
    expect(await get(query)).toEqual({
      status: 200,
      body: {
        metadata: {
          time_window: { start: '2020-01-02T00:00:00.000Z', end: '2020-01-03T23:59:59.999Z' },
          interval: 'day',
          previous_time_window: { start: '2019-12-31T00:00:00.000Z', end: '2020-01-01T23:59:59.999Z' },
        },
        data: [
          {
            start: '2020-01-02T00:00:00.000Z',
            count: 2,
            // Of -0.9 and 0.123456.
            mean_sentiment: -0.388272,
            mean_confidence: 0.75,
            positive: 0,
            neutral: 1,
            negative: 1,
            p10: -0.9,
            p50: -0.9,
            p90: 0.123456,
            previous: { start: '2019-12-31T00:00:00.000Z', ...none, ...noScores },
            change: { ...none, ...noScores, count: 2, neutral: 1, negative: 1 },
          },
          {
            start: '2020-01-03T00:00:00.000Z',
            ...none,
            ...noScores,
            previous: {
              start: '2020-01-01T00:00:00.000Z',
              count: 1,
              mean_sentiment: 0.5,
              mean_confidence: 0.9,
              positive: 1,
              neutral: 0,
              negative: 0,
              p10: 0.5,
              p50: 0.5,
              p90: 0.5,
            },
            change: { ...none, ...noScores, count: -1, positive: -1 },
          },
        ],
      },
    })
  })

  test('a window that ends at midnight reaches into that day; intervals may be cut; no more is given than is asked for', async () => {
    const query = { start_time: '2020-01-01T12:00:00Z', end_time: '2020-01-02T00:00:00Z' }
    const { data } = (await get(query)).body as { data: Record<string, unknown>[] }
    expect(data.map(({ start, count }) => ({ start, count }))).toEqual([
      { start: '2020-01-01T00:00:00.000Z', count: 1 },
      { start: '2020-01-02T00:00:00.000Z', count: 1 },
    ])
    expect(Object.keys(data[0] ?? {}).toSorted()).toEqual(
      ['start', 'count', 'mean_sentiment', 'mean_confidence', 'positive', 'neutral', 'negative'].toSorted(),
    )
  })

  test('where the window before would begin before the year 1 there is none', async () => {
    const query = { start_time: '0001-01-01T00:00:00Z', end_time: '0001-02-01T00:00:00Z', compare: 'previous' }
    const { status, body } = await get({ ...query, interval: 'month' })
    expect({ status, metadata: body['metadata'] }).toMatchObject({
      status: 200,
      metadata: { previous_time_window: null },
    })
    expect(body['data']).toMatchObject([
      { start: '0001-01-01T00:00:00.000Z', previous: null, change: null },
      { start: '0001-02-01T00:00:00.000Z', previous: null, change: null },
    ])
  })

  test('percentiles of more insights than are read at once are refused with what to do', async () => {
    const everything = {
      selection: { ...none, time: 'created_at' as const, start: base, end: base + LEVELS.day },
      interval: 'day' as const,
      before: null,
      percentiles: true,
    }
    const read = (mostScores: number) => database.read((reader) => readTrend(reader, everything, mostScores))
    const refused = await read(100)
    expect(refused.kind).toBe('too many')
    expect((await read(3_000)).kind).toBe('rows')
  })
})
