import { sql, type FragmentSqlToken } from 'slonik'
import { z } from 'zod'
import { splitWindow, type Periods, type Span } from '../../counts/split-window.ts'
import {
  ALL,
  type InsightTime,
  LEVELS,
  percentOf,
  placeOf,
  ROLLUPS_FROM,
  type Sentiment,
  SENTIMENTS,
} from '../../counts/sum-insights.ts'
import type { Reader } from '../reading/open-database.ts'
import { facetsOf, type InsightSelection } from './insight-selection.ts'
import { toTextQuery } from './to-text-query.ts'

const Count = z.object({ count: z.int().min(0) })

/** How many insights there are of a selection, exactly. `countInsights` says how. */
export async function selectCount(
  reader: Reader,
  selection: InsightSelection,
  rollupsFrom = ROLLUPS_FROM,
): Promise<number> {
  const row = await reader.one(sql.type(Count)`select ${countInsights(selection, rollupsFrom)} as count`)
  return row.count
}

/**
 * A scalar expression: exactly how many insights there are of a selection, in one snapshot with whatever else the
 * statement reads. Whole hours and days come from `rollups`, the edges of the window from rows, where the rollups can
 * answer: they are there (`projection.counted`), no words are looked for, and at most one facet is asked for, which has
 * rollups. Of a threshold between two percents they know what has at least the next one; the rows between are counted
 * beside. Else all rows are counted. Which of the two it is Postgres decides as it runs: parts of a CASE that are not
 * needed are not run.
 */
export function countInsights(selection: InsightSelection, rollupsFrom = ROLLUPS_FROM): FragmentSqlToken {
  // Few are truncated, so that they are quick to count; the others are the rest.
  if (selection.truncated === false && selection.text === null) {
    const count = (truncated: true | null) => countInsights({ ...selection, truncated }, rollupsFrom)
    return sql.fragment`(${count(null)} - ${count(true)})`
  }
  const facets = facetsOf(selection)
  const window = { first: Math.ceil(selection.start), last: Math.floor(selection.end) }
  const { periods, edges } = splitWindow(selection)
  if (periods.length === 0) return sql.fragment`${countRows(selection, window, { by: 'time' })}::float8`
  const counted = countRows(selection, window)
  if (facets.length > 1 || selection.text !== null) return sql.fragment`${counted}::float8`
  const threshold = selection.minConfidence ?? 0
  const percent = atLeastPercent(threshold)
  const classes = selection.sentiment === null ? SENTIMENTS : [selection.sentiment]
  const places = classes.map((sentiment) => placeOf(SENTIMENTS.indexOf(sentiment), percent))
  const parts = [
    ...periods.map((part) => sumRollups(selection.time, part, places)),
    ...edges.map((edge) => countRows(selection, edge, { by: 'time' })),
    ...(percent / 100 === threshold ? [] : [countBelowPercent(selection, wholeOf(periods), percent)]),
  ]
  return sql.fragment`(
    with rolled as materialized (${rolledFacet(facets[0] ?? [ALL], rollupsFrom)})
    select case when (select facet from rolled) is null then ${counted} else ${sql.join(parts, sql.fragment` + `)} end::float8
  )`
}

/**
 * The facet whose rollups answer, null when there is none. Of several names mostly one exists, and the rollups of that
 * one answer; of two that do, insights that have both would be counted twice.
 */
export const rolledFacet = (names: readonly string[], rollupsFrom: number): FragmentSqlToken => sql.fragment`
  select case when count(*) = 1 and min(insights) >= (case when min(facet) = ${ALL} then 0 else ${rollupsFrom} end)
              then min(facet) end as facet
    from facet_totals
   where facet = any(${sql.array(names, 'text')}) and insights > 0 and exists (select from projection where counted)`

const sumRollups = (
  time: InsightTime,
  { level, first, last }: Periods,
  places: readonly number[],
): FragmentSqlToken => {
  const sum = sql.join(
    places.map((place) => sql.fragment`counts[${place}::integer]`),
    sql.fragment` + `,
  )
  return sql.fragment`(
    select coalesce(sum(${sum}), 0) from rollups
     where facet = (select facet from rolled) and time = ${time} and level = ${level}
       and start between ${instant(first)}::timestamptz and ${instant(last)}::timestamptz)`
}

const countRows = (
  selection: InsightSelection,
  span: Span,
  options?: Parameters<typeof selects>[2],
): FragmentSqlToken => sql.fragment`(select count(*) from insights where ${selects(selection, span, options)})`

/**
 * The condition on a row of `insights`, within `span`, whole milliseconds as the table holds them. `by: 'time'` keeps
 * Postgres from looking the facets up in their index: what that costs grows with all that have the facet, whenever they
 * were, and Postgres takes it for less than it is.
 */
export function selects(
  { time, sentiment, minConfidence, facets, truncated, text }: Omit<InsightSelection, 'start' | 'end'>,
  { first, last }: Span,
  { by = 'any index' }: { by?: 'any index' | 'time' } = {},
): FragmentSqlToken {
  const conditions = [
    sql.fragment`${sql.identifier([time])} between ${instant(first)}::timestamptz and ${instant(last)}::timestamptz`,
  ]
  if (minConfidence !== null) conditions.push(sql.fragment`confidence >= ${minConfidence}::float8`)
  if (sentiment !== null) conditions.push(sentimentConditions[sentiment])
  if (truncated === false) conditions.push(sql.fragment`not truncated`)
  for (const names of facetsOf({ facets, truncated })) {
    const wanted = sql.array(names, 'text')
    const has = names.length === 1 ? sql.fragment`facets @> ${wanted}` : sql.fragment`facets && ${wanted}`
    conditions.push(by === 'time' ? sql.fragment`(${has}) is true` : has)
  }
  if (text !== null) conditions.push(hasWords(text))
  return sql.fragment`${sql.join(conditions, sql.fragment` and `)}`
}

const hasWords = (text: string): FragmentSqlToken => sql.fragment`conversation_id in (
  select conversation_id from insight_words
   where words @@ websearch_to_tsquery('pg_catalog.simple', letters_of(${toTextQuery(text) ?? ''})))`

export const sentimentConditions: Record<Sentiment, FragmentSqlToken> = {
  positive: sql.fragment`sentiment_score > 0.2`,
  neutral: sql.fragment`sentiment_score between -0.2 and 0.2`,
  negative: sql.fragment`sentiment_score < -0.2`,
}

/** Null for a threshold that rollups do not know. The double of n / 100 is the one that is written so. */
export function wholePercent(minConfidence: number | null): number | null {
  const percent = Math.round((minConfidence ?? 0) * 100)
  return percent >= 0 && percent <= 100 && percent / 100 === (minConfidence ?? 0) ? percent : null
}

/** The least whole percent that is not below a confidence. The double of n / 100 is the one that is written so. */
export function atLeastPercent(confidence: number): number {
  const percent = percentOf(confidence)
  return percent / 100 === confidence ? percent : percent + 1
}

/** Rows between the threshold and the next percent, by the index of those that are no whole percent. */
const countBelowPercent = (selection: InsightSelection, span: Span, percent: number): FragmentSqlToken => sql.fragment`(
  select count(*) from insights
   where ${selects(selection, span)} and confidence < ${percent / 100}::float8
     and confidence <> round(confidence * 100) / 100)`

/** Periods have no gaps. */
const wholeOf = (periods: readonly Periods[]): Span => ({
  first: Math.min(...periods.map(({ first }) => first)),
  last: Math.max(...periods.map(({ level, last }) => last + LEVELS[level] - 1)),
})

export const instant = (ms: number): string => new Date(ms).toISOString()
