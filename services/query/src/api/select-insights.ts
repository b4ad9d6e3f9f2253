import { sql } from 'slonik'
import { z } from 'zod'
import { servedColumns } from '../insight-columns.ts'
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
 * sentiment or confidence would fetch every row of the window. With a cluster all matches are gathered once, which the
 * count must do anyway: Postgres knows nothing of how often a cluster occurs, and would walk the whole window for a
 * rare one.
 */
export async function selectInsights(
  reader: Reader,
  { filter, after, limit }: { filter: InsightFilter; after: Position | null; limit: number },
): Promise<{ total: number; insights: InsightRead[] }> {
  const gathered = filter.cluster === null ? sql.fragment`not materialized` : sql.fragment`materialized`
  const behind =
    after === null
      ? sql.fragment`true`
      : sql.fragment`(created_at, conversation_id) < (${instant(after.created_at)}::timestamptz, ${after.conversation_id})`
  const rows = await reader.any(sql.type(Row)`
    with matches as ${gathered} (
      select created_at, conversation_id from insights where ${condition(filter)}
    ),
    page as (
      select conversation_id from matches where ${behind}
       order by created_at desc, conversation_id desc limit ${limit}
    )
    select total_count, ${columns}
      from (select count(*)::float8 as total_count from matches) as total
      left join (page join insights using (conversation_id)) on true
     order by created_at desc, conversation_id desc`)
  return { total: rows[0]?.total_count ?? 0, insights: rows.filter((row) => row.conversation_id !== null) }
}

function condition({ start, end, min_confidence, sentiment, cluster }: InsightFilter) {
  const conditions = [
    // The table holds whole milliseconds: a finer start begins with the next one, a finer end ends with the one before.
    sql.fragment`created_at between ${instant(Math.ceil(start))}::timestamptz and ${instant(Math.floor(end))}::timestamptz`,
  ]
  if (min_confidence !== null) conditions.push(sql.fragment`confidence >= ${min_confidence}::float8`)
  if (sentiment !== null) conditions.push(sentimentConditions[sentiment])
  if (cluster !== null) {
    const names = [...new Set([cluster, cluster.trim().toLowerCase()])]
    conditions.push(sql.fragment`clusters && ${sql.array(names, 'text')}`)
  }
  return sql.join(conditions, sql.fragment` and `)
}

const sentimentConditions = {
  positive: sql.fragment`sentiment_score > 0.2`,
  neutral: sql.fragment`sentiment_score between -0.2 and 0.2`,
  negative: sql.fragment`sentiment_score < -0.2`,
}

const instant = (ms: number): string => new Date(ms).toISOString()
