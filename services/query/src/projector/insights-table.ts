import type { ClientBase } from 'pg'
import { insightColumns, type InsightRow } from '../insight-columns.ts'
import { toTimestamp, type PostgresType } from '../to-postgres.ts'
import type { Erasure } from './project-insights.ts'

/** Larger statements gain nothing, and hold their locks longer. */
const rowsPerStatement = 3000

const columns = Object.entries(insightColumns)
const names = columns.map(([name]) => name)
const isArray = (type: PostgresType): boolean => type.endsWith('[]')
/** An array travels as a literal (to-postgres.ts) and is read for each row. */
const travelsAs = (type: PostgresType): string => (isArray(type) ? 'text' : type)

/** The order of `compareAge`: a replay is equal, an older submission less, and neither is written (I7). */
const byAge = [
  'origin_appended_at',
  'origin_offset',
  'record_appended_at',
  'record_offset',
] satisfies (keyof typeof insightColumns)[]
const age = (table: string) => `(${byAge.map((name) => `${table}.${name}`).join(', ')})`

const upsert = `
  insert into insights (${names.join(', ')})
  select ${columns.map(([name, { type }]) => (isArray(type) ? `row.${name}::${type}` : `row.${name}`)).join(', ')}
    from unnest(${columns.map(([, { type }], index) => `$${index + 1}::${travelsAs(type)}[]`).join(', ')}) as row (${names.join(', ')})
   where not exists (
     select from erasures
      where erasures.conversation_id = row.conversation_id and erasures.erased_through >= row.origin_appended_at
   )
  on conflict (conversation_id) do update set ${names.map((name) => `${name} = excluded.${name}`).join(', ')}
   where ${age('insights')} < ${age('excluded')}
  returning (extract(epoch from origin_appended_at) * 1000)::float8 as submitted_at`

const erase = `
  with marked as (
    insert into erasures (conversation_id, erased_through)
    select * from unnest($1::text[], $2::timestamptz[])
    on conflict (conversation_id) do update
       set erased_through = greatest(erasures.erased_through, excluded.erased_through)
    returning conversation_id, erased_through
  )
  delete from insights using marked
   where insights.conversation_id = marked.conversation_id and insights.origin_appended_at <= marked.erased_through`

/**
 * Writes one row per conversation: its newest analysis. Rows must be distinct by conversation and sorted by it.
 * Returns when the conversations were submitted (epoch ms) whose rows have changed; replays and older ones change none.
 */
export async function upsertInsights(client: ClientBase, rows: InsightRow[]): Promise<number[]> {
  const submitted: number[] = []
  for (let from = 0; from < rows.length; from += rowsPerStatement) {
    const some = rows.slice(from, from + rowsPerStatement)
    const values = columns.map(([, { parameter }]) => some.map(parameter))
    const result = await client.query<{ submitted_at: number }>(upsert, values)
    for (const { submitted_at } of result.rows) submitted.push(submitted_at)
  }
  return submitted
}

/** Marks conversations as erased and deletes their insights. Run it before `upsertInsights`, which obeys the marks. */
export async function eraseConversations(client: ClientBase, erasures: Erasure[]): Promise<void> {
  if (erasures.length === 0) return
  await client.query(erase, [
    erasures.map(({ conversationId }) => conversationId),
    erasures.map(({ erasedThrough }) => toTimestamp(erasedThrough)),
  ])
}
