import pg from 'pg'
import { readDatabaseUrl } from '../database-address.ts'
import { createDatabaseCheck, type DatabaseState } from '../database-ready.ts'
import { type Verification, verifyProjection } from './verify-projection.ts'

/**
 * `verifyProjection` on a connection of its own. `unready` says in a sentence why the tables cannot be read: Postgres
 * is away, or they are those of an older version.
 */
export async function verifyDatabase({
  databaseUrl,
  ...options
}: Parameters<typeof verifyProjection>[1] & { databaseUrl: string }): Promise<
  { kind: 'unready'; why: string } | ({ kind: 'verified' } & Verification)
> {
  const { url, ssl } = readDatabaseUrl(databaseUrl)
  const client = new pg.Client({
    connectionString: url,
    ssl,
    application_name: 'insights-verify',
    connectionTimeoutMillis: 10_000,
  })
  // Without a listener a connection that is cut later would end the process; the query in flight rejects as well.
  client.on('error', () => undefined)
  try {
    const why = await createDatabaseCheck(async () => {
      await client.connect()
      const { rows } = await client.query<DatabaseState>(
        "select current_setting('server_encoding') as encoding, array(select name from schema_migrations) as names",
      )
      return rows[0] ?? { encoding: '', names: [] }
    })()
    if (why !== null) return { kind: 'unready', why }
    return { kind: 'verified', ...(await verifyProjection(client, options)) }
  } finally {
    await client.end().catch(() => undefined)
  }
}
