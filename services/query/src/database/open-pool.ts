import type { Logger } from '@insights/runtime/logger'
import pg from 'pg'
import { readDatabaseUrl } from './database-address.ts'

/** No statement of ours is this slow unless the server is; the client's own limit notices a server that is frozen. */
export const statementTimeoutMs = 30_000

/** Postgres through pg, for writing. */
export function openPool({
  databaseUrl,
  maxConnections,
  log,
}: {
  databaseUrl: string
  maxConnections: number
  log: Logger
}): pg.Pool {
  const { url, ssl } = readDatabaseUrl(databaseUrl)
  const pool = new pg.Pool({
    connectionString: url,
    ssl,
    application_name: 'insights-projector',
    max: maxConnections,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    // The server's own limits are set in each transaction: as parameters of the start-up, poolers refuse them.
    query_timeout: statementTimeoutMs + 5_000,
  })
  // Without a listener, a connection that breaks ends the process: idle, when the pool replaces it, and in the middle
  // of a transaction, when the query in flight rejects, or the next.
  pool.on('error', (error) => log.info({ err: error }, 'an idle connection to Postgres broke'))
  pool.on('connect', (client) =>
    client.on('error', (error) => log.debug({ err: error }, 'a connection to Postgres broke')),
  )
  return pool
}
