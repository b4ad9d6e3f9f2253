import type { ClientBase } from 'pg'
import type { Erasure, InsightRow } from './project-insights.ts'

/** Larger statements gain nothing, and hold their locks longer. */
const rowsPerStatement = 3000

/** Name, type in Postgres, value. The statement and its parameters are made from this one list. */
const columns: [name: string, type: string, value: (row: InsightRow) => unknown][] = [
  ['conversation_id', 'text', ({ insight }) => insight.conversation_id],
  ['insight_id', 'uuid', ({ insight }) => insight.insight_id],
  ['sentiment_score', 'float8', ({ insight }) => insight.sentiment_score],
  // unnest would flatten an array of arrays: each travels as a literal and is read per row.
  ['clusters', 'text', ({ insight }) => arrayLiteral(insight.clusters)],
  ['confidence', 'float8', ({ insight }) => insight.confidence],
  ['reasoning', 'text', ({ insight }) => insight.reasoning],
  ['model', 'text', ({ insight }) => insight.model],
  ['prompt_version', 'text', ({ insight }) => insight.prompt_version],
  ['created_at', 'timestamptz', ({ insight }) => timestamp(insight.created_at)],
  ['call_id', 'text', ({ insight }) => insight.call_id],
  ['attempts', 'int4', ({ insight }) => insight.attempts],
  ['truncated', 'bool', ({ insight }) => insight.truncated],
  ['prompt_tokens', 'int8', ({ insight }) => insight.usage.prompt_tokens],
  ['cached_tokens', 'int8', ({ insight }) => insight.usage.cached_tokens],
  ['completion_tokens', 'int8', ({ insight }) => insight.usage.completion_tokens],
  ['reasoning_tokens', 'int8', ({ insight }) => insight.usage.reasoning_tokens],
  ['cost_usd_ticks', 'int8', ({ insight }) => insight.usage.cost_usd_ticks],
  ['raw', 'text', ({ insight }) => insight.raw],
  ['origin_topic', 'text', ({ insight }) => insight.origin.topic],
  ['origin_partition', 'int4', ({ insight }) => insight.origin.partition],
  ['origin_offset', 'int8', ({ insight }) => insight.origin.offset],
  ['origin_appended_at', 'timestamptz', ({ insight }) => timestamp(insight.origin.appended_at)],
  ['record_offset', 'int8', ({ recordOffset }) => recordOffset],
  ['record_appended_at', 'timestamptz', ({ recordAppendedAt }) => timestamp(recordAppendedAt)],
]

const names = columns.map(([name]) => name)
/** The order of `compareAge`: a replay is equal, an older submission less, and neither is written (I7). */
const age = (table: string) =>
  `(${['origin_appended_at', 'origin_offset', 'record_appended_at', 'record_offset'].map((name) => `${table}.${name}`).join(', ')})`

const upsert = `
  insert into insights (${names.join(', ')})
  select ${names.map((name) => (name === 'clusters' ? 'row.clusters::text[]' : `row.${name}`)).join(', ')}
    from unnest(${columns.map(([, type], index) => `$${index + 1}::${type}[]`).join(', ')}) as row (${names.join(', ')})
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
    const values = columns.map(([, , value]) => some.map(value))
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
    erasures.map(({ erasedThrough }) => timestamp(erasedThrough)),
  ])
}

const timestamp = (ms: number): string => new Date(ms).toISOString()

function arrayLiteral(texts: string[]): string {
  return `{${texts.map((text) => `"${text.replaceAll(/["\\]/g, '\\$&')}"`).join(',')}}`
}
