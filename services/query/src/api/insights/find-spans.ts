import { sql, type FragmentSqlToken } from 'slonik'
import { z } from 'zod'
import type { Span } from '../../counts/split-window.ts'
import { ALL, LEVELS, percentOf, placeOf, SENTIMENTS, startOf, type Level } from '../../counts/sum-insights.ts'
import type { Position } from '../parameters/cursor.ts'
import type { Reader } from '../reading/open-database.ts'
import { atLeastPercent, instant } from '../selection/count-insights.ts'
import { facetsOf, type InsightSelection } from '../selection/insight-selection.ts'

/**
 * Where the newest of a selection are. `spans`: in these, newest first, and if they hold fewer than was asked for there
 * are no more; by both indexes, or by time alone where too many have the facet. `few`: so few have its facets that it
 * is best to gather them all. `anywhere`: no more is known.
 */
export type Whereabouts = Spans | { kind: 'few' } | { kind: 'anywhere' }
export interface Spans {
  kind: 'spans'
  spans: Span[]
  by: 'any index' | 'time'
}

/** To gather a row costs as much as to look at so many entries of the index by time. */
const GATHERED_COST = 40
/** Mostly the newest days have enough; where they do not, more and more are looked at. */
const [FIRST_DAYS, MORE_DAYS] = [4, 8]
/** So few days are walked from end to end; of more, only the hours that have any. */
const WALKED_DAYS = 2

const Known = z.object({ counted: z.boolean(), totals: z.record(z.string(), z.int()) })
const Period = z.object({ start: z.int(), sure: z.int() })

/** Asks the rollups in which days or hours the `limit` newest behind `after` are. */
export async function findSpans(
  reader: Reader,
  selection: InsightSelection,
  { after, limit, rollupsFrom }: { after: Position | null; limit: number; rollupsFrom: number },
): Promise<Whereabouts> {
  const facets = facetsOf(selection)
  const known = await readTotals(reader, facets.flat())
  if (!known.counted) return facets.length === 0 ? { kind: 'anywhere' } : { kind: 'few' }
  const totalOf = (facet: string) => known.totals[facet] ?? 0
  const having = facets.map((names) => names.reduce((sum, name) => sum + totalOf(name), 0))
  const fewest = Math.min(...having)
  const names = (facets[0] ?? [ALL]).filter((name) => totalOf(name) > 0)
  if (fewest < rollupsFrom) return { kind: 'few' }
  // To meet `limit` of n among all, limit * all / n rows are walked; else n are gathered.
  const walked = (limit * totalOf(ALL)) / fewest
  if (facets.length > 1 || names.length !== 1 || selection.truncated === false)
    return { kind: fewest <= walked ? 'few' : 'anywhere' }
  if (fewest <= walked / GATHERED_COST) return { kind: 'few' }
  const spans = await readSpans(reader, selection, { facet: names[0] ?? ALL, after, limit })
  return { kind: 'spans', spans, by: fewest <= walked ? 'any index' : 'time' }
}

async function readTotals(reader: Reader, facets: readonly string[]): Promise<z.infer<typeof Known>> {
  const [row] = await reader.any(sql.type(Known)`
    select counted, (select coalesce(json_object_agg(facet, insights), '{}') from facet_totals
                      where facet = any(${sql.array([ALL, ...facets], 'text')})) as totals
      from projection`)
  return row ?? { counted: false, totals: {} }
}

async function readSpans(
  reader: Reader,
  selection: InsightSelection,
  { facet, after, limit }: { facet: string; after: Position | null; limit: number },
): Promise<Span[]> {
  const window = { first: Math.ceil(selection.start), last: Math.min(Math.floor(selection.end), after?.at ?? Infinity) }
  const read = (level: Level, condition: FragmentSqlToken, most: number) =>
    reader.any(sql.type(Period)`
      select start, ${sumOf(selection, atLeastPercent)}::float8 as sure
        from rollups
       where facet = ${facet} and time = ${selection.time} and level = ${level} and ${condition}
         and ${sumOf(selection, percentOf)} > 0
       order by start desc limit ${most}`)
  /** Of a period that lies in the window only in part its insights may all be elsewhere. */
  const sureOf = (level: Level, { start, sure }: z.infer<typeof Period>): number =>
    start >= window.first && start + LEVELS[level] - 1 < window.last + (after === null ? 1 : 0) ? sure : 0

  const days: number[] = []
  let found = 0
  let behind = window.last
  for (let most = FIRST_DAYS; found < limit; most *= MORE_DAYS) {
    const between = sql.fragment`
      start between ${instant(startOf('day', window.first))}::timestamptz and ${instant(behind)}::timestamptz`
    const some = await read('day', between, most)
    for (const day of some) {
      if (found >= limit) break
      days.push(day.start)
      found += sureOf('day', day)
    }
    const oldest = some.at(-1)
    if (some.length < most || oldest === undefined || oldest.start <= window.first) break
    behind = oldest.start - 1
  }
  const spanOf = (level: Level) => (start: number) => ({
    first: Math.max(start, window.first),
    last: Math.min(start + LEVELS[level] - 1, window.last),
  })
  if (days.length <= WALKED_DAYS || facet !== ALL) return join(days.map(spanOf('day')))
  const starts = days.flatMap((day) => Array.from({ length: 24 }, (_, hour) => instant(day + hour * LEVELS.hour)))
  const hours = await read('hour', sql.fragment`start = any(${sql.array(starts, 'timestamptz')})`, starts.length)
  const spans = hours.map(({ start }) => spanOf('hour')(start)).filter(({ first, last }) => first <= last)
  return join(spans)
}

/** Spans, newest first, of which those that meet are one. */
function join(spans: readonly Span[]): Span[] {
  const joined: Span[] = []
  for (const { first, last } of spans) {
    const before = joined.at(-1)
    if (before?.first === last + 1) before.first = first
    else joined.push({ first, last })
  }
  return joined
}

function sumOf(
  { sentiment, minConfidence }: Pick<InsightSelection, 'sentiment' | 'minConfidence'>,
  toPercent: (confidence: number) => number,
): FragmentSqlToken {
  const classes = sentiment === null ? SENTIMENTS : [sentiment]
  const places = classes.map((one) => placeOf(SENTIMENTS.indexOf(one), toPercent(minConfidence ?? 0)))
  const counts = places.map((place) => sql.fragment`counts[${place}::integer]`)
  return sql.fragment`(${sql.join(counts, sql.fragment` + `)})`
}
