import { sql, type FragmentSqlToken } from 'slonik'
import { z } from 'zod'
import { ALL } from '../../counts/sum-insights.ts'
import { servedColumns } from '../../tables/insight-columns.ts'
import { splitWindow } from '../../counts/split-window.ts'
import { countInsights, instant, selects } from '../selection/count-insights.ts'
import { facetsOf, type InsightSelection } from '../selection/insight-selection.ts'
import type { Position } from '../parameters/cursor.ts'
import type { Reader } from '../reading/open-database.ts'
import { InsightRead } from './insight.ts'

const total = { total_count: z.int().min(0) }
/** The count stands beside every row, and beside nothing when the page is empty. */
const Row = z.union([InsightRead.extend(total), z.object({ ...total, conversation_id: z.null() })])
const columns = sql.join(
  Object.keys(servedColumns).map((name) => sql.identifier([name])),
  sql.fragment`, `,
)

/**
 * The `limit` newest insights of the filter behind `after`, and how many the filter has in all. One statement, so that
 * count and page are of the same moment.
 *
 * The page's keys are found first, from the index alone, and only they are looked up in the table: otherwise a rare
 * sentiment or confidence would fetch every row of the window.
 */
export async function selectInsights(
  reader: Reader,
  { selection, after, limit }: { selection: InsightSelection; after: Position | null; limit: number },
): Promise<{ total: number; insights: InsightRead[] }> {
  const rows = await reader.any(sql.type(Row)`
    with page as (select conversation_id from (${selectPage(selection, after, limit)}) as newest)
    select total_count, ${columns}
      from (select ${countInsights(selection)} as total_count) as total
      left join (page join insights using (conversation_id)) on true
     order by ${sql.identifier([selection.time])} desc, conversation_id desc`)
  return { total: rows[0]?.total_count ?? 0, insights: rows.filter((row) => row.conversation_id !== null) }
}

/** The keys of the page. */
function selectPage(selection: InsightSelection, after: Position | null, limit: number): FragmentSqlToken {
  const span = { first: Math.ceil(selection.start), last: Math.floor(selection.end) }
  const time = sql.identifier([selection.time])
  const behind =
    after === null
      ? sql.fragment`true`
      : sql.fragment`(${time}, conversation_id) < (${instant(after.at)}::timestamptz, ${after.id})`
  const matches = (by: 'any index' | 'time') =>
    sql.fragment`select ${time}, conversation_id from insights where ${selects(selection, span, { by })} and ${behind}`
  const newest = sql.fragment`order by ${time} desc, conversation_id desc limit ${limit}`
  const facets = facetsOf(selection)
  const names = sql.array(facets.flat(), 'text')
  if (facets.length === 0 || splitWindow(selection).periods.length === 0)
    return sql.fragment`${matches('time')} ${newest}`
  // Of a frequent facet the newest are found by walking through the window, from the last day that has any; of a rare
  // one all are gathered and sorted. To meet `limit` of n among all, limit * all / n rows are walked; else n are
  // gathered. Only one of the two is run.
  const isRare = sql.fragment`(
    select coalesce(sum(insights) filter (where facet <> ${ALL}), 0) ^ 2
             <= ${limit} * coalesce(max(insights) filter (where facet = ${ALL}), 0)
             or not exists (select from projection where counted)
      from facet_totals where facet = ${ALL} or facet = any(${names}))`
  return sql.fragment`
    select * from (
      (${matches('time')} and ${time} < ${dayBehind(selection, after)} and not ${isRare} ${newest})
      union all
      (select * from (${matches('any index')} and ${isRare} offset 0) as gathered ${newest})
    ) as either ${newest}`
}

/** When the last day ends that may have a match: what came after a facet was last seen is not walked. */
function dayBehind(selection: InsightSelection, after: Position | null): FragmentSqlToken {
  const { time, end } = selection
  const [facet, ...others] = facetsOf(selection).flat()
  // Another name may have no rollups.
  if (facet === undefined || others.length > 0) return sql.fragment`'infinity'`
  const last = Math.min(Math.floor(end), after?.at ?? end)
  return sql.fragment`(
    select coalesce(max(start) + interval '24 hours', 'infinity') from rollups
     where facet = ${facet} and time = ${time} and level = 'day' and start <= ${instant(last)}::timestamptz)`
}
