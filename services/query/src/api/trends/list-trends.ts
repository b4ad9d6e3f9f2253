import type { HttpServer } from '@insights/runtime/http/http-server'
import { problemType, sendProblem } from '@insights/runtime/http/problem'
import { z } from 'zod'
import { TimeWindowRead, toTimeWindowRead } from '../parameters/time-window.ts'
import { askInsights } from '../reading/ask-insights.ts'
import type { Reader } from '../reading/open-database.ts'
import { READ_PROBLEMS } from '../reading/read-problems.ts'
import { guardRead, type ReadRoute } from '../reading/read-route.ts'
import { refuseRead } from '../reading/refuse-read.ts'
import { selectCount } from '../selection/count-insights.ts'
import { windowBefore } from '../selection/window-before.ts'
import { INTERVALS, listIntervals } from './intervals.ts'
import { isDearTrend, selectTrend, type Trend } from './select-trend.ts'
import { toTrend, TrendInterval } from './to-trend.ts'
import { ListTrendsQuery } from './trends-query.ts'

/** Sorting a million scores takes about a second. */
const MOST_SCORES = 1_000_000

const Trends = z.object({
  metadata: z.object({
    time_window: TimeWindowRead,
    interval: z.enum(INTERVALS),
    previous_time_window: TimeWindowRead.nullable()
      .optional()
      .describe(
        'With `compare`: the window of the same length right before; null where it would begin before the year 1.',
      ),
  }),
  data: z
    .array(TrendInterval)
    .describe('All intervals that the window reaches into, oldest first, also the empty ones.'),
})

/** `GET /api/v1/trends`: what the insights of a time window say, interval by interval. */
export function listTrends(server: HttpServer, route: ReadRoute): void {
  server.get(
    '/api/v1/trends',
    {
      onRequest: guardRead(route),
      schema: {
        operationId: 'listTrends',
        summary: 'Counts and means by minute, hour, day, week or month',
        tags: ['trends'],
        description:
          'What the insights of the filter say, interval by interval (UTC): how many there are of each sentiment, and the means of score and ' +
          'confidence. The figures are exact. Intervals at the ends of the window may be cut by it, and then their figures are of the part inside. ' +
          'Both ends belong to the window: one that ends at midnight reaches into the day that begins with it.',
        querystring: ListTrendsQuery,
        response: { 200: Trends.meta({ description: 'The trend', examples: [EXAMPLE] }), ...READ_PROBLEMS },
      },
    },
    async ({ query: { selection, interval, compare, percentiles } }, reply) => {
      const before = compare ? windowBefore(selection) : null
      const trend = {
        selection,
        interval,
        percentiles,
        before: before && { start: before.first, end: before.last, shift: before.shift },
      }
      const cost = isDearTrend(trend) ? 'dear' : 'cheap'
      const asked = await askInsights(route.readers, selection, (reader) => readTrend(reader, trend), cost)
      if (asked.kind !== 'read') return refuseRead(reply, asked)
      if (asked.value.kind === 'too many')
        return sendProblem(reply, {
          type: problemType('invalid-request'),
          title: 'The request does not match its schema',
          status: 422,
          detail: 'The window has too many insights to read their percentiles.',
          errors: [
            {
              pointer: '/percentiles',
              detail: `are read of the insights one by one, at most ${MOST_SCORES} of them, and the window has ${asked.value.insights}: ask for a shorter window, or for more of a filter`,
            },
          ],
        })
      return {
        metadata: {
          time_window: toTimeWindowRead(selection),
          interval,
          ...(compare && { previous_time_window: trend.before && toTimeWindowRead(trend.before) }),
        },
        data: toTrend(listIntervals(interval, selection), asked.value.rows, { compare, before, percentiles }),
      }
    },
  )
}

/** `too many`: insights whose scores would be sorted. */
export async function readTrend(reader: Reader, trend: Trend, mostScores = MOST_SCORES) {
  if (trend.percentiles)
    for (const window of [trend.selection, ...(trend.before === null ? [] : [trend.before])]) {
      const { start, end } = window
      const insights = await selectCount(reader, { ...trend.selection, start, end })
      if (insights > mostScores) return { kind: 'too many' as const, insights }
    }
  return { kind: 'rows' as const, rows: await selectTrend(reader, trend) }
}

/** With `compare=previous`. */
const EXAMPLE: z.infer<typeof Trends> = {
  metadata: {
    time_window: { start: '2026-11-01T00:00:00.000Z', end: '2026-11-30T23:59:59.999Z' },
    interval: 'month',
    previous_time_window: { start: '2026-10-02T00:00:00.000Z', end: '2026-10-31T23:59:59.999Z' },
  },
  data: [
    {
      start: '2026-11-01T00:00:00.000Z',
      count: 1204,
      mean_sentiment: -0.182331,
      mean_confidence: 0.840012,
      positive: 310,
      neutral: 402,
      negative: 492,
      previous: {
        start: '2026-10-02T00:00:00.000Z',
        count: 1150,
        mean_sentiment: -0.051204,
        mean_confidence: 0.851377,
        positive: 401,
        neutral: 388,
        negative: 361,
      },
      change: {
        count: 54,
        mean_sentiment: -0.131127,
        mean_confidence: -0.011365,
        positive: -91,
        neutral: 14,
        negative: 131,
      },
    },
  ],
}
