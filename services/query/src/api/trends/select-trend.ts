import { sql, type FragmentSqlToken } from 'slonik'
import { z } from 'zod'
import { splitWindow } from '../../counts/split-window.ts'
import { ALL, LEVELS, ROLLUPS_FROM } from '../../counts/sum-insights.ts'
import type { Reader } from '../reading/open-database.ts'
import { instant, rolledFacet, selects } from '../selection/count-insights.ts'
import { figureColumns, Figures, namesOf, negatives, ofRollups, ofRows, sumsOf } from '../selection/figures.ts'
import { facetsOf, type InsightSelection, isWide } from '../selection/insight-selection.ts'
import { type Interval, LENGTHS, MONDAY } from './intervals.ts'

/** The figures of an interval that has insights. */
const TrendRow = Figures.extend({
  /** The start of the interval, epoch ms. */
  start: z.int(),
  /** The percentiles of the score, where they are asked for. */
  scores: z.tuple([z.number(), z.number(), z.number()]).nullable(),
  before: z.boolean(),
})
export type TrendRow = z.infer<typeof TrendRow>

export interface Trend {
  selection: InsightSelection
  interval: Interval
  /** The same selection in the window before, by how many ms it lies before; null when it is not asked for. */
  before: { start: number; end: number; shift: number } | null
  percentiles: boolean
}

/**
 * The figures of each interval, and of those before, which are given under the starts of the intervals that they are
 * compared with. One statement, so that all are of one snapshot.
 */
export async function selectTrend(
  reader: Reader,
  { selection, interval, before, percentiles }: Trend,
  rollupsFrom = ROLLUPS_FROM,
): Promise<readonly TrendRow[]> {
  const select = percentiles ? groupRows : groupSums
  const groups = [select(selection, interval, { shift: 0, rollupsFrom })]
  if (before !== null) {
    const { start, end, shift } = before
    groups.push(select({ ...selection, start, end }, interval, { shift, rollupsFrom }))
  }
  const all = groups.map((group, at) => sql.fragment`select *, ${at > 0}::boolean as before from (${group}) as figures`)
  return reader.any(sql.type(TrendRow)`${sql.join(all, sql.fragment` union all `)}`)
}

interface Grouping {
  shift: number
  rollupsFrom: number
}

/**
 * By interval, from the rollups where they can answer, else from rows: as countInsights, but that the sums of scores
 * are of all insights, so that with a threshold of confidence rows are read.
 */
function groupSums(selection: InsightSelection, interval: Interval, grouping: Grouping): FragmentSqlToken {
  const columns = figureColumns(selection.sentiment)
  return sql.fragment`
    select ${epochMs}, null::float8[] as scores, ${namesOf(columns)}
      from (select ${bucketOf(interval, grouping.shift)} as start, ${sumsOf(columns)}
              from (${sql.join(partsOf(selection, interval, grouping), sql.fragment` union all `)}) as parts
             group by 1) as buckets`
}

/** What is added up: the time of each part, and its figures. */
function partsOf(selection: InsightSelection, interval: Interval, grouping: Grouping): FragmentSqlToken[] {
  const { time, sentiment } = selection
  const columns = figureColumns(sentiment)
  const window = { first: Math.ceil(selection.start), last: Math.floor(selection.end) }
  const rows = (condition: FragmentSqlToken) =>
    sql.fragment`select ${sql.identifier([time])} as at, ${ofRows(columns)} from insights where ${condition}`
  const isNarrow = splitWindow(selection).periods.length === 0
  const { periods, edges } = splitWindow(selection, levelFor(interval, grouping.shift))
  if (periods.length === 0 || needsRows(selection))
    return [rows(selects(selection, window, { by: isNarrow ? 'time' : 'any index' }))]
  if (selection.truncated === false) {
    // All but those that are: few are.
    const parts = (truncated: true | null) => partsOf({ ...selection, truncated }, interval, grouping)
    const less = sql.join(parts(true), sql.fragment` union all `)
    return [...parts(null), sql.fragment`select at, ${negatives(columns)} from (${less}) as truncated`]
  }
  const isRolled = sql.fragment`(select facet from rolled) is not null`
  const parts = [
    ...periods.map(
      ({ level, first, last }) => sql.fragment`
        select start as at, ${ofRollups(columns)} from rollups
         where facet = (select facet from rolled) and time = ${time} and level = ${level}
           and start between ${instant(first)}::timestamptz and ${instant(last)}::timestamptz`,
    ),
    ...edges.map((edge) => rows(sql.fragment`${isRolled} and ${selects(selection, edge, { by: 'time' })}`)),
    rows(sql.fragment`not ${isRolled} and ${selects(selection, window)}`),
  ]
  const [names = [ALL]] = facetsOf(selection)
  return [
    sql.fragment`(with rolled as materialized (${rolledFacet(names, grouping.rollupsFrom)})
      ${sql.join(parts, sql.fragment` union all `)})`,
  ]
}

/** Rollups are of one facet, and their sums of scores of any confidence. */
const needsRows = (selection: InsightSelection): boolean =>
  facetsOf(selection).length > 1 || (selection.minConfidence ?? 0) > 0 || selection.text !== null

/** Of a window of more than a day: whether its rows are read. */
export function isDearTrend({ selection, interval, before, percentiles }: Trend): boolean {
  if (!isWide(selection)) return false
  const levels = [0, ...(before === null ? [] : [before.shift])].map((shift) => levelFor(interval, shift))
  return percentiles || needsRows(selection) || levels.includes(null) || facetsOf(selection).flat().length > 1
}

/** By interval, from rows alone. */
function groupRows(selection: InsightSelection, interval: Interval, { shift }: Grouping): FragmentSqlToken {
  const columns = figureColumns(selection.sentiment)
  const window = { first: Math.ceil(selection.start), last: Math.floor(selection.end) }
  const at = sql.identifier([selection.time])
  return sql.fragment`
    select ${epochMs}, scores, ${namesOf(columns)}
      from (select ${bucketOf(interval, shift)} as start, ${sumsOf(columns)},
                   percentile_disc(array[0.1, 0.5, 0.9]) within group (order by sentiment_score) as scores
              from (select ${at} as at, sentiment_score, ${ofRows(columns)} from insights
                     where ${selects(selection, window)}) as parts
             group by 1) as buckets`
}

/** The longest rollups that lie in one interval as a whole; null when none does. */
function levelFor(interval: Interval, shift: number): keyof typeof LEVELS | null {
  if (interval === 'minute' || shift % LEVELS.hour !== 0) return null
  return interval === 'hour' || shift % LEVELS.day !== 0 ? 'hour' : 'day'
}

/** Of the interval, not of each of its rows. */
const epochMs = sql.fragment`(extract(epoch from start) * 1000)::float8 as start`

/** The start of the interval that `at` lies in, moved by `shift`. */
function bucketOf(interval: Interval, shift: number): FragmentSqlToken {
  const at = shift === 0 ? sql.fragment`at` : sql.fragment`at + ${shift}::float8 * interval '1 millisecond'`
  return interval === 'month'
    ? sql.fragment`date_trunc('month', ${at}, 'UTC')`
    : sql.fragment`date_bin(${LENGTHS[interval]}::float8 * interval '1 millisecond', ${at}, ${instant(interval === 'week' ? MONDAY : 0)}::timestamptz)`
}
