import { createClient } from '../database/create-client.ts'
import { createDatabaseCheck, type DatabaseState } from '../owner/database-ready.ts'
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
  const client = createClient(databaseUrl, { name: 'insights-verify' })
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
