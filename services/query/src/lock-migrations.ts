import type { Logger } from '@insights/runtime/logger'
import { pause } from '@insights/runtime/pause'
import type pg from 'pg'
import { MigrationError } from './migration-error.ts'

/** Any constants do, as long as nothing else in the database locks them. */
const LOCK = { classid: 1936876905, objid: 1 }
const LOOK_EVERY_MS = 250

/**
 * Runs `work` in a transaction that no other runner's overlaps, and commits it. The lock ends with the transaction: a
 * pooler, which keeps the connection, does not keep the lock. Who holds it is told in the log, and after `waitMs` it is
 * given up.
 * @throws MigrationError when another holds the lock for `waitMs`
 */
export async function lockMigrations<T>(
  client: pg.Client,
  { log, waitMs }: { log: Logger; waitMs: number },
  work: () => Promise<T>,
): Promise<T> {
  const deadline = performance.now() + waitMs
  let told: string | null = null
  for (;;) {
    await client.query('begin')
    try {
      const { rows } = await client.query<{ locked: boolean }>(
        `select pg_try_advisory_xact_lock(${LOCK.classid}, ${LOCK.objid}) as locked`,
      )
      if (rows[0]?.locked === true) {
        const result = await work()
        await client.query('commit')
        return result
      }
      const holder = await findHolder(client)
      if (performance.now() > deadline)
        throw new MigrationError(
          `${holder?.text ?? 'another connection'} has held the lock of migrations for ${waitMs / 1000} s: wait until it ` +
            `is done, or end it with: select pg_terminate_backend(${holder?.pid ?? 'its pid'})`,
        )
      if (holder !== null && holder.text !== told) log.info({ holder: holder.text }, 'waiting for another migration')
      told = holder?.text ?? told
      await client.query('rollback')
    } catch (error) {
      // On a lost connection the server rolls back by itself; what must be told is the first error.
      await client.query('rollback').catch(() => undefined)
      throw error
    }
    await pause(LOOK_EVERY_MS)
  }
}

/** Null when it has ended meanwhile. */
async function findHolder(client: pg.Client): Promise<{ pid: number; text: string } | null> {
  const { rows } = await client.query<{ pid: number; name: string; address: string | null; since: Date | null }>(
    `select pid, application_name as name, host(client_addr) as address, xact_start as since
       from pg_locks join pg_stat_activity using (pid)
      where locktype = 'advisory' and classid = ${LOCK.classid} and objid = ${LOCK.objid} and granted
        and pg_locks.database = (select oid from pg_database where datname = current_database())`,
  )
  const [holder] = rows
  if (holder === undefined) return null
  const { pid, name, address, since } = holder
  const from = address === null ? '' : ` from ${address}`
  return { pid, text: `process ${pid} (${name}${from}${since === null ? '' : `, since ${since.toISOString()}`})` }
}
