import pg, { escapeIdentifier, type ClientBase } from 'pg'
import { COUNTS, LOCKS } from '../database/locks.ts'
import { SCHEMA } from './make-tables.ts'

/** Less than the second after which Postgres looks for deadlocks: who reads two tables in another order goes first. */
const WAIT_MS = 300

/** Keeps all others from writing to the tables that the API reads, until the transaction or the savepoint ends. */
export async function lockWriters(client: ClientBase, shards: number): Promise<void> {
  for (const lock of [...Array(shards).keys(), COUNTS])
    await client.query(`select pg_advisory_xact_lock(${LOCKS}, ${lock})`)
}

/**
 * Puts the new tables in the place of those that the API reads, with the rights on them; the commit drops the old ones.
 * It waits for a moment only for those that read them, because more readers would wait behind it: then it is
 * false, and nothing is changed.
 */
export async function swapTables(client: ClientBase, live: string): Promise<boolean> {
  const [old, fresh] = [live, SCHEMA].map(escapeIdentifier)
  const { rows } = await client.query<{ name: string }>(
    `select quote_ident(relname) as name from pg_class where relnamespace = $1::regnamespace and relkind = 'r' order by 1`,
    [SCHEMA],
  )
  const tables = rows.map(({ name }) => name)
  const oldTables = tables.map((name) => `${old}.${name}`).join(', ')
  await client.query(`savepoint before_tables; set local lock_timeout = ${WAIT_MS}`)
  try {
    await client.query(`lock table ${oldTables} in access exclusive mode`)
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || !IN_USE.has(error.code ?? '')) throw error
    await client.query('rollback to savepoint before_tables')
    return false
  }
  const grants = await listGrants(client, live, SCHEMA)
  const functions = await listFunctions(client, SCHEMA)
  await client.query(`drop table ${oldTables}`)
  for (const name of functions) await client.query(`drop function if exists ${old}.${name}`)
  for (const name of tables) await client.query(`alter table ${fresh}.${name} set schema ${old}`)
  for (const name of functions) await client.query(`alter function ${fresh}.${name} set schema ${old}`)
  for (const grant of grants) await client.query(grant)
  await client.query(`drop schema ${fresh}`)
  return true
}

/** A lock that did not come in time; a deadlock. */
const IN_USE = new Set(['55P03', '40P01'])

async function listFunctions(client: ClientBase, schema: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select format('%I(%s)', proname, pg_get_function_identity_arguments(oid)) as name
       from pg_proc where pronamespace = $1::regnamespace`,
    [schema],
  )
  return rows.map(({ name }) => name)
}

/** Statements that give the new tables the owner and the rights that those of `live` have; to be run after the swap. */
async function listGrants(client: ClientBase, live: string, schema: string): Promise<string[]> {
  const { rows } = await client.query<{ statement: string }>(
    `with tables as (
       select old.oid, old.relname, old.relacl, old.relowner
         from pg_class old join pg_class new on new.relname = old.relname and new.relnamespace = $2::regnamespace
        where old.relnamespace = $1::regnamespace and old.relkind = 'r'
     ),
     grants as (
       select relname, privilege_type as privilege, '' as columns, grantee, is_grantable from tables, aclexplode(relacl)
        union all
       select relname, privilege_type, format('(%I)', attname), grantee, is_grantable
         from tables join pg_attribute on attrelid = tables.oid, aclexplode(attacl)
     )
     select format('alter table %I.%I owner to %I', $1::text, relname, pg_get_userbyid(relowner)) as statement
       from tables where relowner <> current_user::regrole
      union all
     select format('grant %s %s on %I.%I to %s%s', privilege, columns, $1::text, relname,
                   case when grantee = 0 then 'public' else quote_ident(pg_get_userbyid(grantee)) end,
                   case when is_grantable then ' with grant option' else '' end)
       from grants`,
    [live, schema],
  )
  return rows.map(({ statement }) => statement)
}
