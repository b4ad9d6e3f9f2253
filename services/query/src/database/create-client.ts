import pg from 'pg'
import { readDatabaseUrl } from './database-address.ts'

/**
 * A connection of its own, not yet connected, for work that takes longer than the limits of the projector's pool.
 * `name` is what Postgres shows of it.
 */
export function createClient(databaseUrl: string, { name }: { name: string }): pg.Client {
  const { url, ssl } = readDatabaseUrl(databaseUrl)
  const client = new pg.Client({
    connectionString: url,
    ssl,
    application_name: name,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
  })
  // Without a listener a connection that is cut later would end the process; the query in flight rejects as well.
  client.on('error', () => undefined)
  return client
}
