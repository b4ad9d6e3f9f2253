import { sql } from 'slonik'
import { z } from 'zod'
import { ROLLUPS_FROM } from '../../counts/sum-insights.ts'
import { countInsights, selects } from '../selection/count-insights.ts'
import type { InsightSelection } from '../selection/insight-selection.ts'
import type { Position } from '../parameters/cursor.ts'
import type { Reader } from '../reading/open-database.ts'
import { insightColumns, InsightRead } from './insight.ts'
import { isBehind, selectPage } from './select-page.ts'

const total = { total_count: z.int().min(0) }
/** The count stands beside every row, and beside nothing when the page is empty. */
const Row = z.union([InsightRead.extend(total), z.object({ ...total, conversation_id: z.null() })])

/**
 * The `limit` newest insights of the filter behind `after`, and how many the filter has in all, of the same moment.
 *
 * The page's keys are found first, from the index alone, and only they are looked up in the table: otherwise a rare
 * sentiment or confidence would fetch every row of the window.
 */
export async function selectInsights(
  reader: Reader,
  { selection, after, limit }: { selection: InsightSelection; after: Position | null; limit: number },
  rollupsFrom = ROLLUPS_FROM,
): Promise<{ total: number; insights: InsightRead[] }> {
  const rows = await (selection.text === null ? selectByCounts() : selectGathered())
  return { total: rows[0]?.total_count ?? 0, insights: rows.filter((row) => row.conversation_id !== null) }

  async function selectByCounts() {
    const keys = await selectPage(reader, selection, { after, limit, rollupsFrom })
    return reader.any(sql.type(Row)`
      with page as (select conversation_id from (${keys}) as newest)
      select total_count, ${insightColumns}
        from (select ${countInsights(selection, rollupsFrom)} as total_count) as total
        left join (page join insights using (conversation_id)) on true
       order by ${sql.identifier([selection.time])} desc, conversation_id desc`)
  }

  /** What has the words is found once, for the count and for the page. */
  async function selectGathered() {
    const span = { first: Math.ceil(selection.start), last: Math.floor(selection.end) }
    const time = sql.identifier([selection.time])
    const newest = sql.fragment`order by ${time} desc, conversation_id desc`
    return reader.any(sql.type(Row)`
      with matches as materialized (select ${time}, conversation_id from insights where ${selects(selection, span)}),
           page as (select conversation_id from matches where ${isBehind(selection.time, after)} ${newest} limit ${limit})
      select total_count, ${insightColumns}
        from (select count(*)::float8 as total_count from matches) as total
        left join (page join insights using (conversation_id)) on true
       ${newest}`)
  }
}
