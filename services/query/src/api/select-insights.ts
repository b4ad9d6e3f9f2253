import { sql, type FragmentSqlToken } from 'slonik'
import { z } from 'zod'
import { ALL } from '../counts/sum-insights.ts'
import { servedColumns } from '../tables/insight-columns.ts'
import { splitWindow } from '../counts/split-window.ts'
import { countInsights, instant, selects, type InsightSelection } from './count-insights.ts'
import type { Position } from './cursor.ts'
import type { InsightFilter } from './list-query.ts'
import type { Reader } from './open-database.ts'

/** An insight as it is read; `created_at` is epoch ms. */
const InsightRead = z.object({ ...servedColumns, created_at: z.int() })
export type InsightRead = z.infer<typeof InsightRead>

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
  { filter, after, limit }: { filter: InsightFilter; after: Position | null; limit: number },
): Promise<{ total: number; insights: InsightRead[] }> {
  const selection = toSelection(filter)
  const rows = await reader.any(sql.type(Row)`
    with page as (select conversation_id from (${selectPage(selection, after, limit)}) as newest)
    select total_count, ${columns}
      from (select ${countInsights(selection)} as total_count) as total
      left join (page join insights using (conversation_id)) on true
     order by created_at desc, conversation_id desc`)
  return { total: rows[0]?.total_count ?? 0, insights: rows.filter((row) => row.conversation_id !== null) }
}

/** The keys of the page. */
function selectPage(selection: InsightSelection, after: Position | null, limit: number): FragmentSqlToken {
  const span = { first: Math.ceil(selection.start), last: Math.floor(selection.end) }
  const behind =
    after === null
      ? sql.fragment`true`
      : sql.fragment`(created_at, conversation_id) < (${instant(after.created_at)}::timestamptz, ${after.conversation_id})`
  const matches = (by: 'any index' | 'time') =>
    sql.fragment`select created_at, conversation_id from insights where ${selects(selection, span, { by })} and ${behind}`
  const newest = sql.fragment`order by created_at desc, conversation_id desc limit ${limit}`
  const names = sql.array(selection.facets.flat(), 'text')
  if (selection.facets.length === 0 || splitWindow(selection).periods.length === 0)
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
      (${matches('time')} and created_at < ${dayBehind(selection, after)} and not ${isRare} ${newest})
      union all
      (select * from (${matches('any index')} and ${isRare} offset 0) as gathered ${newest})
    ) as either ${newest}`
}

/** When the last day ends that may have a match: what came after a facet was last seen is not walked. */
function dayBehind({ end, facets }: InsightSelection, after: Position | null): FragmentSqlToken {
  const [facet, ...others] = facets.flat()
  // Another name may have no rollups.
  if (facet === undefined || others.length > 0) return sql.fragment`'infinity'`
  const last = Math.min(Math.floor(end), after?.created_at ?? end)
  return sql.fragment`(
    select coalesce(max(start) + interval '24 hours', 'infinity') from rollups
     where facet = ${facet} and time = 'created_at' and level = 'day' and start <= ${instant(last)}::timestamptz)`
}

/** A cluster is meant as it is given, or as clusters are named: without capitals. */
const toSelection = ({ start, end, min_confidence, sentiment, cluster }: InsightFilter): InsightSelection => ({
  time: 'created_at',
  start,
  end,
  sentiment,
  minConfidence: min_confidence,
  facets:
    cluster === null ? [] : [[...new Set([cluster, cluster.trim().toLowerCase()])].map((name) => `cluster=${name}`)],
})
