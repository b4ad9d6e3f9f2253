import type { ClientBase } from 'pg'

/** The roles of the two halves of this service, named after the database: all databases of a server share its roles. */
export const roleNames = (database: string) => ({ projector: `${database}_projector`, api: `${database}_api` })

/** What the query API reads. */
export const API_READS = [
  'conversations',
  'facet_totals',
  'failures',
  'insights',
  'insight_words',
  'projection',
  'rollups',
  'schema_migrations',
  'usage_by_day',
]
/** What the query API writes; a service that is both halves has the projector's role. */
export const API_WRITES = ['redrives']
/** What the projector writes; it reads the migrations too. */
export const PROJECTOR_WRITES = [
  'conversations',
  'erasures',
  'facet_totals',
  'failures',
  'insights',
  'insight_words',
  'projection',
  'rollups',
  'usage_by_day',
]
export const WRITER_RIGHTS = ['select', 'insert', 'update', 'delete']

/**
 * Gives the two roles, where they are, their rights on the tables that are there now, and no others: the projector
 * writes rows, the API reads, and writes what it was asked to do. Call it in the transaction that makes or swaps
 * tables, as the owner of the tables.
 */
export async function grantAccess(client: ClientBase): Promise<void> {
  const { projector, api } = roleNames(await currentDatabase(client))
  const { rows } = await client.query<{ tables: string[]; roles: string[]; schema: string }>(
    `select current_schema() as schema,
            array(select rolname::text from pg_roles where rolname = any($1)) as roles,
            array(select relname::text from pg_class
                   where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p', 'v')
                     and pg_has_role(relowner, 'usage') order by 1) as tables`,
    [[projector, api]],
  )
  const { tables = [], roles = [], schema = '' } = rows[0] ?? {}
  const name = (text: string) => client.escapeIdentifier(text)
  const list = (names: string[]) => names.map((table) => `${name(schema)}.${name(table)}`).join(', ')
  const grant = async (rights: string, names: string[], role: string) => {
    if (names.length > 0) await client.query(`grant ${rights} on ${list(names)} to ${name(role)}`)
  }
  for (const role of roles) {
    if (tables.length > 0) await client.query(`revoke all on ${list(tables)} from ${name(role)}`)
    await client.query(`grant usage on schema ${name(schema)} to ${name(role)}`)
  }
  if (roles.includes(projector)) {
    await grant(
      WRITER_RIGHTS.join(', '),
      tables.filter((table) => [...PROJECTOR_WRITES, ...API_WRITES].includes(table)),
      projector,
    )
    await grant(
      'select',
      tables.filter((table) => table === 'schema_migrations'),
      projector,
    )
  }
  if (roles.includes(api)) {
    await grant(
      'select',
      tables.filter((table) => API_READS.includes(table)),
      api,
    )
    await grant(
      WRITER_RIGHTS.join(', '),
      tables.filter((table) => API_WRITES.includes(table)),
      api,
    )
  }
}

export async function currentDatabase(client: ClientBase): Promise<string> {
  const { rows } = await client.query<{ name: string }>('select current_database() as name')
  return rows[0]?.name ?? ''
}
