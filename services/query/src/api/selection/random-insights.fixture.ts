import fc from 'fast-check'
import { LEVELS, type InsightTime } from '../../counts/sum-insights.ts'
import type { StoredInsight } from '../../counts/store-insights.fixture.ts'
import type { InsightSelection } from './insight-selection.ts'

const { hour: HOUR, day: DAY } = LEVELS
export const base = Date.parse('2026-03-01T00:00:00Z')
/** Times near the beginnings of hours, of 1970 and of the centuries that may be asked for. */
export const time = fc.oneof(
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
export const confidence = fc.oneof(fc.constantFrom(...CONFIDENCES), fc.double({ min: 0, max: 1, noNaN: true }))

/** Insights with values that have rollups, where those are made from 100 insights on, and a tail that is too rare. */
export const randomInsights = (): StoredInsight[] =>
  fc
    .sample(
      fc.record({
        created_at: time,
        occurred_at: time,
        sentiment_score: fc.oneof(
          fc.constantFrom(-1, -0.2000001, -0.2, 0, 0.2, 0.2000001, 0.9, 0.4999995, -0.4999995),
          fc.double({ min: -1, max: 1, noNaN: true }),
        ),
        confidence,
        clusters: fc.uniqueArray(fc.constantFrom('billing', 'Refund', 'refund', 'login', 'a "b"', 'c\\{,}', 'x=y'), {
          maxLength: 3,
        }),
        model: fc.constantFrom('simulator', 'grok'),
        truncated: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
        // A tail of values that are too rare for rollups.
        facets: fc
          .tuple(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 40 }))
          .map(([product, source]) => [
            `source=${source < 30 ? 'http' : `system ${source}`}`,
            `metadata.product=${product < 100 ? 'all' : product}`,
          ]),
      }),
      { numRuns: 3_000, seed: 12 },
    )
    .map((insight, index) => Object.assign(insight, { conversation_id: `conv_${index}` }))

/** At least 100 of them have it. */
export const ROLLUPS_FROM_100 = 100

const anyOf = (facet: string, ...more: string[]) => [facet, ...more]
export const facets = fc.oneof(
  fc.constant([]),
  fc.constantFrom(
    ...['billing', 'Refund', 'a "b"', 'c\\{,}', 'absent'].map((name) => [anyOf(`cluster=${name}`)]),
    [anyOf('model=grok')],
    [anyOf('metadata.product=all')],
    [anyOf('metadata.product=123')],
    [anyOf('cluster=Refund', 'cluster=refund')],
    [anyOf('cluster=Billing', 'cluster=billing')],
    [anyOf('model=grok'), anyOf('cluster=Refund', 'cluster=refund')],
    [anyOf('model=grok'), anyOf('cluster=login'), anyOf('metadata.product=all')],
  ),
)

/** Windows of all lengths, also empty ones, whose ends often are hours. */
export const windows = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(time, time)
      .filter(([one, other]) => one !== other)
      .map(([one, other]) => ({ start: Math.min(one, other), end: Math.max(one, other) })),
  },
  {
    weight: 4,
    arbitrary: fc
      .record({
        day: fc.integer({ min: -3, max: 6 }),
        days: fc.integer({ min: 1, max: 6 }),
        less: fc.constantFrom(0, 1),
      })
      .map(({ day, days, less }) => ({ start: base + day * DAY, end: base + (day + days) * DAY - less })),
  },
  {
    weight: 2,
    arbitrary: fc
      .record({ hour: fc.integer({ min: 0, max: 120 }), hours: fc.integer({ min: 1, max: 50 }) })
      .map(({ hour, hours }) => ({ start: base + hour * HOUR, end: base + (hour + hours) * HOUR })),
  },
)

export const selections = fc
  .record({
    time: fc.constantFrom<InsightTime>('created_at', 'occurred_at'),
    window: windows,
    sentiment: fc.constantFrom(null, null, 'negative', 'neutral', 'positive'),
    minConfidence: fc.oneof(
      fc.constant(null),
      fc.integer({ min: 0, max: 100 }).map((n) => n / 100),
      confidence,
    ),
    facets,
    truncated: fc.constantFrom(null, null, true, false),
    text: fc.constant(null),
  })
  .map(({ window, ...others }): InsightSelection => Object.assign(others, window))

/** The selection as SQL that knows nothing of rollups, with its parameters. */
export function plainCondition(
  { time, sentiment, minConfidence, facets, truncated }: InsightSelection,
  { start, end }: { start: number; end: number },
): { condition: string; values: unknown[] } {
  const sentiments = { negative: '< -0.2', neutral: 'between -0.2 and 0.2', positive: '> 0.2' }
  const condition = `${time} >= $1 and ${time} <= $2 and confidence >= $3
        and ${sentiment === null ? 'true' : `sentiment_score ${sentiments[sentiment]}`}
        ${truncated === null ? '' : `and truncated is ${truncated}`}
        ${facets.map((_, at) => `and facets && $${at + 4}`).join(' ')}`
  const values = [new Date(start).toISOString(), new Date(end).toISOString(), minConfidence ?? 0, ...facets]
  return { condition, values }
}
