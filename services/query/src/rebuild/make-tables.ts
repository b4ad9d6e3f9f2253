import { escapeIdentifier, type ClientBase } from 'pg'
import { API_WRITES } from '../owner/grant-access.ts'
import { readMigrations } from '../owner/migrate.ts'
import { RebuildError } from './rebuild-error.ts'

/** Where the new tables are until they take the place of those that the API reads. */
export const SCHEMA = 'insights_rebuild'

/**
 * The schema that the API reads, once it is clear that its tables can be replaced.
 * @throws RebuildError when its tables are those of another version, or something else is made of them
 */
export async function checkTables(client: ClientBase): Promise<string> {
  const { rows: known } = await client.query<{ isMigrated: boolean }>(
    `select to_regclass('schema_migrations') is not null as "isMigrated"`,
  )
  if (known[0]?.isMigrated !== true) throw new RebuildError('the database was never migrated: run npm run migrate')
  const { rows } = await client.query<{ live: string; applied: string[] }>(
    'select current_schema() as live, array(select name from schema_migrations order by name) as applied',
  )
  const { live, applied } = rows[0] ?? { live: '', applied: [] }
  const needed = (await readMigrations()).map(({ name }) => name)
  const missing = needed.filter((name) => !applied.includes(name))
  if (missing.length > 0) throw new RebuildError(`migrations are missing (${missing.join(', ')}): run npm run migrate`)
  const newer = applied.filter((name) => !needed.includes(name))
  if (newer.length > 0)
    throw new RebuildError(`the tables are those of a newer version (${newer.join(', ')}): run its rebuild`)
  const { rows: others } = await client.query<{ name: string }>(SELECT_DEPENDENTS, [live])
  if (others.length > 0)
    throw new RebuildError(
      `made of the tables that would be replaced: ${others.map(({ name }) => name).join(', ')}; ` +
        'drop them, and create them again after the rebuild',
    )
  return live
}

/** Views and foreign keys: they belong to a table, not to its name. */
const SELECT_DEPENDENTS = `
  select distinct ev_class::regclass::text as name
    from pg_rewrite
    join pg_depend on pg_depend.classid = 'pg_rewrite'::regclass and objid = pg_rewrite.oid
    join pg_class on refclassid = 'pg_class'::regclass and pg_class.oid = refobjid and refobjid <> ev_class
   where relnamespace = $1::regnamespace and relkind = 'r'
   union
  select conrelid::regclass::text from pg_constraint join pg_class on pg_class.oid = confrelid
   where contype = 'f' and relnamespace = $1::regnamespace
   order by name`

/** Makes empty tables by the migrations. What an earlier run left goes; true when there was something. */
export async function makeTables(
  client: ClientBase,
  { live, facetKeys }: { live: string; facetKeys: readonly string[] },
): Promise<boolean> {
  const schema = escapeIdentifier(SCHEMA)
  await client.query('begin')
  const { rows } = await client.query<{ isLeft: boolean }>('select to_regnamespace($1) is not null as "isLeft"', [
    SCHEMA,
  ])
  await client.query(`drop schema if exists ${schema} cascade`)
  await client.query(`create schema ${schema}`)
  // In each transaction again: a pooler gives the connection to others after it.
  await client.query(`set local search_path = ${schema}`)
  for (const { sql } of await readMigrations()) await client.query(sql)
  // Those of no topic stay where they are.
  for (const table of API_WRITES) await client.query(`drop table ${schema}.${escapeIdentifier(table)}`)
  // Whatever is written into them is searchable.
  await client.query(
    `update projection set facet_keys = $1, (text_search, searchable) = (
       select text_search, text_search from ${escapeIdentifier(live)}.projection)`,
    [facetKeys],
  )
  await client.query('commit')
  return rows[0]?.isLeft === true
}
