import { z } from 'zod'
import { meanOf, totalOf } from '../selection/figures.ts'
import { EARLIEST, type WindowBefore } from '../selection/window-before.ts'
import type { TrendRow } from './select-trend.ts'

const mean = (of: string) => z.number().nullable().describe(`The mean ${of}, to six digits; null of no insights.`)
const percentile = (share: number) =>
  z
    .number()
    .nullable()
    .optional()
    .describe(
      `With \`percentiles\`: the smallest score that at least ${share} % of the insights do not exceed; null of none.`,
    )

const figures = {
  count: z.int().describe('How many insights there are.'),
  mean_sentiment: mean('score'),
  mean_confidence: mean('confidence'),
  positive: z.int(),
  neutral: z.int(),
  negative: z.int(),
  p10: percentile(10),
  p50: percentile(50),
  p90: percentile(90),
}
const Interval = z.object({
  start: z.iso.datetime().describe('When the interval begins; the window may cut it.'),
  ...figures,
})

/** The figures of an interval as the API gives them. */
export const TrendInterval = Interval.extend({
  previous: Interval.nullable()
    .optional()
    .describe('With `compare`: the figures of the interval as much earlier as the window before is.'),
  change: z
    .object(figures)
    .nullable()
    .optional()
    .describe('With `compare`: by how much the figures are more than the previous ones; null where either is.'),
})
export type TrendInterval = z.infer<typeof TrendInterval>
type Figures = z.infer<z.ZodObject<typeof figures>>

/** The answer: an interval for each start, whether it has insights or not. */
export function toTrend(
  starts: readonly number[],
  rows: readonly TrendRow[],
  { compare, before, percentiles }: { compare: boolean; before: WindowBefore | null; percentiles: boolean },
): TrendInterval[] {
  const [current, previous] = [false, true].map(
    (wanted) => new Map(rows.filter((row) => row.before === wanted).map((row) => [row.start, row])),
  )
  return starts.map((start) => {
    const figures = toFigures(current?.get(start), percentiles)
    const own = { start: toInstant(start), ...figures }
    if (!compare) return own
    if (before === null) return { ...own, previous: null, change: null }
    const earlier = toFigures(previous?.get(start), percentiles)
    const previousStart = toInstant(Math.max(start - before.shift, EARLIEST))
    return { ...own, previous: { start: previousStart, ...earlier }, change: changeOf(figures, earlier) }
  })
}

const NOTHING = { negative: 0, neutral: 0, positive: 0, sentiment_micros: 0, confidence_micros: 0, scores: null }

function toFigures(row: TrendRow | undefined, percentiles: boolean): Figures {
  const { negative, neutral, positive, sentiment_micros, confidence_micros, scores } = row ?? NOTHING
  const count = totalOf({ negative, neutral, positive })
  const [p10, p50, p90] = scores ?? [null, null, null]
  return {
    count,
    mean_sentiment: meanOf(sentiment_micros, count),
    mean_confidence: meanOf(confidence_micros, count),
    positive,
    neutral,
    negative,
    ...(percentiles && { p10, p50, p90 }),
  }
}

function changeOf(now: Figures, earlier: Figures): Figures {
  const entries = (Object.keys(now) as (keyof Figures)[]).map((name) => {
    const [a, b] = [now[name] ?? null, earlier[name] ?? null]
    return [name, a === null || b === null ? null : Math.round((a - b) * 1e6) / 1e6]
  })
  return Object.fromEntries(entries) as Figures
}

const toInstant = (ms: number): string => new Date(ms).toISOString()
