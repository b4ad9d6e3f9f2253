import type { Logger } from '@insights/runtime/logger'
import { pause } from '@insights/runtime/pause'
import pg from 'pg'
import { createClient } from './create-client.ts'
import { postgresAway, refusesTls } from './postgres-away.ts'

/**
 * A connection for what the owner of the tables does. A Postgres that cannot be reached, or is still starting, is
 * waited for, up to `waitMs`.
 */
export async function connectAsOwner(
  databaseUrl: string,
  { name, log, waitMs }: { name: string; log: Logger; waitMs: number },
): Promise<pg.Client> {
  const deadline = performance.now() + waitMs
  let waiting: string | null = null
  for (;;) {
    const client = createClient(databaseUrl, { name })
    try {
      await client.connect()
      return client
    } catch (error) {
      await client.end().catch(() => undefined)
      const reason = postgresAway(error)
      if (reason === null || refusesUs(error) || performance.now() > deadline) throw error
      if (reason !== waiting) log.info({ reason }, 'waiting for Postgres')
      waiting = reason
      await pause(250)
    }
  }
}

/**
 * A wrong user or password (class 28), a database that is not there or not for this user, TLS that one side does not
 * take: waiting does not put it right.
 */
function refusesUs(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return code.startsWith('28') || code === '3D000' || code === '42501' || refusesTls(error) || refusedByPooler(error)
}

/** PgBouncer says all that it has to say with 08P01. */
const refusedByPooler = (error: unknown): boolean =>
  error instanceof pg.DatabaseError &&
  error.code === '08P01' &&
  /no such (?:database|user)|authentication failed|unsupported startup parameter/.test(error.message)
