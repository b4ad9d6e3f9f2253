import type { ClientBase } from 'pg'
import { readMigrations } from './migrate.ts'

/** Migrations as of the version whose projector this is. */
const NEWEST = '002-usage.sql'

/** A database as that version left it: its tables, and the notes of its migrations. */
export async function makeOlderTables(client: ClientBase, newest = NEWEST): Promise<void> {
  await client.query(
    'create table schema_migrations (name text primary key, checksum text not null, applied_at timestamptz not null default now())',
  )
  for (const { name, sql, checksum } of (await readMigrations()).filter((migration) => migration.name <= newest)) {
    await client.query('begin')
    await client.query(sql)
    await client.query('insert into schema_migrations (name, checksum) values ($1, $2)', [name, checksum])
    await client.query('commit')
  }
}

/** What differs from insight to insight; times are epoch ms, and what it costs is always the same. */
interface OlderRow {
  id: string
  clusters: string[]
  submittedAt: number
  offset: number
}
export const COST_OF_EACH = 12_345

/** Writes rows, which must be sorted by id, as the projector did before migration 003. */
export async function writeAsOlderProjector(client: ClientBase, partition: number, rows: OlderRow[]): Promise<void> {
  try {
    await client.query(
      `begin; set local statement_timeout = 30000; select pg_advisory_xact_lock(1936876906, ${partition}),
              set_config('insights.partition', '${partition}', true)`,
    )
    await upsertOlderRows(client, rows)
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  }
}

/** The statement of that transaction. */
export async function upsertOlderRows(client: ClientBase, rows: OlderRow[]): Promise<void> {
  await client.query(upsert, [
    rows.map(({ id }) => id),
    rows.map(({ clusters }) => `{${clusters.map((name) => `"${name}"`).join(',')}}`),
    rows.map(({ submittedAt }) => new Date(submittedAt).toISOString()),
    rows.map(({ offset }) => offset),
  ])
}

const age = (table: string) =>
  `(${table}.origin_appended_at, ${table}.origin_offset, ${table}.record_appended_at, ${table}.record_offset)`
const upsert = `
  insert into insights (conversation_id, insight_id, sentiment_score, clusters, confidence, reasoning, model, prompt_version,
                        created_at, call_id, attempts, truncated, prompt_tokens, cached_tokens, completion_tokens,
                        reasoning_tokens, cost_usd_ticks, raw, origin_topic, origin_partition, origin_offset,
                        origin_appended_at, record_offset, record_appended_at)
  select row.id, gen_random_uuid(), -0.6, row.clusters::text[], 0.9, 'Upset.', 'simulator', '1.0.0-abcdef',
         row.submitted_at + interval '5 s', 'call', 1, false, 100, 50, 20, 5, ${COST_OF_EACH}, null,
         'conversations.received', 3, row.at_offset, row.submitted_at, row.at_offset, row.submitted_at + interval '5 s'
    from unnest($1::text[], $2::text[], $3::timestamptz[], $4::int8[]) as row (id, clusters, submitted_at, at_offset)
   where not exists (
     select from erasures where erasures.conversation_id = row.id and erasures.erased_through >= row.submitted_at
   )
  on conflict (conversation_id) do update
     set insight_id = excluded.insight_id, clusters = excluded.clusters, created_at = excluded.created_at,
         cost_usd_ticks = excluded.cost_usd_ticks, origin_offset = excluded.origin_offset,
         origin_appended_at = excluded.origin_appended_at, record_offset = excluded.record_offset,
         record_appended_at = excluded.record_appended_at
   where ${age('insights')} < ${age('excluded')}`
