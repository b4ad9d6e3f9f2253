import { sql, type FragmentSqlToken } from 'slonik'
import { splitWindow, type Span } from '../../counts/split-window.ts'
import type { InsightTime } from '../../counts/sum-insights.ts'
import type { Position } from '../parameters/cursor.ts'
import type { Reader } from '../reading/open-database.ts'
import { instant, selects } from '../selection/count-insights.ts'
import { facetsOf, type InsightSelection } from '../selection/insight-selection.ts'
import { findSpans, type Spans } from './find-spans.ts'

/**
 * A query for the keys (time, conversation_id) of the `limit` newest behind `after`. Run it in the transaction of
 * `reader`: it looks only where matches are in the rows that the transaction sees.
 */
export async function selectPage(
  reader: Reader,
  selection: InsightSelection,
  { after, limit, rollupsFrom }: { after: Position | null; limit: number; rollupsFrom: number },
): Promise<FragmentSqlToken> {
  const window = { first: Math.ceil(selection.start), last: Math.floor(selection.end) }
  const time = sql.identifier([selection.time])
  const newest = sql.fragment`order by ${time} desc, conversation_id desc limit ${limit}`
  const matches = (span: Span, by: 'any index' | 'time') =>
    sql.fragment`select ${time}, conversation_id from insights where ${selects(selection, span, { by })} and ${isBehind(selection.time, after)}`

  const { sentiment, minConfidence } = selection
  const isFiltered = sentiment !== null || minConfidence !== null || facetsOf(selection).length > 0
  const isWide = splitWindow(selection).periods.length > 0
  if (!isFiltered || !isWide) return sql.fragment`${matches(window, 'time')} ${newest}`
  const where = await findSpans(reader, selection, { after, limit, rollupsFrom })
  switch (where.kind) {
    case 'anywhere':
      return sql.fragment`${matches(window, 'time')} ${newest}`
    case 'few':
      return sql.fragment`select * from (${matches(window, 'any index')} offset 0) as gathered ${newest}`
    case 'spans':
      return fromSpans(where)
  }

  function fromSpans({ spans, by }: Spans): FragmentSqlToken {
    const [newestSpan, oldest] = [spans[0], spans.at(-1)]
    if (newestSpan === undefined || oldest === undefined)
      return sql.fragment`${matches(window, 'time')} and false ${newest}`
    if (facetsOf(selection).length > 0)
      return sql.fragment`${matches({ first: oldest.first, last: newestSpan.last }, by)} ${newest}`
    if (spans.length === 1) return sql.fragment`${matches(newestSpan, 'time')} ${newest}`
    const list = (times: number[]) => sql.array(times.map(instant), 'timestamptz')
    const lists = sql.fragment`${list(spans.map(({ first }) => first))}, ${list(spans.map(({ last }) => last))}`
    return sql.fragment`
      select * from (
        select rows.* from unnest(${lists}) as span (first, last)
         cross join lateral (${matches(window, 'time')} and ${time} between span.first and span.last ${newest}) as rows
      ) as rows ${newest}`
  }
}

/** The condition on a row that it comes after this position, newest first. */
export const isBehind = (time: InsightTime, after: Position | null): FragmentSqlToken =>
  after === null
    ? sql.fragment`true`
    : sql.fragment`(${sql.identifier([time])}, conversation_id) < (${instant(after.at)}::timestamptz, ${after.id})`
