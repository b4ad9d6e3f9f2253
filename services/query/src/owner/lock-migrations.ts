import type { Logger } from '@insights/runtime/logger'
import { pause } from '@insights/runtime/pause'
import type pg from 'pg'
import { findAdvisoryLockHolder, findTableLockHolder, type LockHolder } from '../database/find-lock-holder.ts'
import { MigrationError } from './migration-error.ts'

/** Any constants do, as long as nothing else in the database locks them. */
const LOCK = { classid: 1936876905, objid: 1 }
const LOOK_EVERY_MS = 250

/**
 * Longest wait for the lock of a table: all that come meanwhile, also to read, wait behind it. More than the second
 * (deadlock_timeout) after which Postgres ends an autovacuum that is in the way.
 */
const LOCK_TIMEOUT_MS = 2000
/**
 * Between two tries: twice as long as the one before could make others wait, who have two thirds of the time for
 * themselves so. A deadlock ends a try long before a long timeout does.
 */
const PAUSE_PER_WAIT = 2

/** How long others are waited for. */
interface LockPatience {
  log: Logger
  /** For another runner, and for those who use the tables. */
  waitMs: number
  lockTimeoutMs?: number | undefined
}

/**
 * Runs `work` in a transaction that no other runner's overlaps, and commits it. The lock ends with the transaction: a
 * pooler, which keeps the connection, does not keep the lock. `work` waits for a table for `lockTimeoutMs`, then it is
 * rolled back and tried again a little later. Who is in the way is told in the log, and after `waitMs` it is given up.
 * @throws MigrationError when another holds the lock, or one of the tables, for `waitMs`
 */
export async function lockMigrations<T>(
  client: pg.Client,
  { log, waitMs, lockTimeoutMs = LOCK_TIMEOUT_MS }: LockPatience,
  work: () => Promise<T>,
): Promise<T> {
  const deadline = performance.now() + waitMs
  let told: string | null = null
  const tellOrGiveUp = (holder: LockHolder | null, what: { waiting: string; held: string }) => {
    if (holder !== null && holder.text !== told) log.info({ holder: holder.text }, what.waiting)
    told = holder?.text ?? told
    if (performance.now() > deadline)
      throw new MigrationError(
        `${holder?.text ?? 'another transaction'} has held ${what.held} for ${waitMs / 1000} s: wait until it is done, ` +
          `or end it with: select pg_terminate_backend(${holder?.pid ?? 'its pid in pg_locks'}); then migrate again`,
      )
  }
  for (;;) {
    const began = performance.now()
    const attempt = await tryOnce(client, lockTimeoutMs, work)
    if (attempt.kind === 'done') return attempt.result
    if (attempt.kind === 'another runner') {
      const holder = await findAdvisoryLockHolder(client, LOCK)
      tellOrGiveUp(holder, { waiting: 'waiting for another migration', held: 'the lock of migrations' })
      await pause(LOOK_EVERY_MS)
    } else {
      const waitedMs = Math.min(performance.now() - began, lockTimeoutMs)
      const holder = await findTableLockHolder(client, waitedMs)
      tellOrGiveUp(holder, { waiting: 'waiting for who uses the tables', held: 'a table' })
      await pause(PAUSE_PER_WAIT * waitedMs)
    }
  }
}

type Attempt<T> = { kind: 'done'; result: T } | { kind: 'another runner' } | { kind: 'table in use' }

async function tryOnce<T>(client: pg.Client, lockTimeoutMs: number, work: () => Promise<T>): Promise<Attempt<T>> {
  await client.query('begin')
  try {
    const { rows } = await client.query<{ locked: boolean }>(
      `select pg_try_advisory_xact_lock(${LOCK.classid}, ${LOCK.objid}) as locked`,
    )
    if (rows[0]?.locked !== true) {
      await client.query('rollback')
      return { kind: 'another runner' }
    }
    // A migration may take long, whatever limit the role or the database has.
    await client.query(`set local lock_timeout = ${Math.trunc(lockTimeoutMs)}; set local statement_timeout = 0`)
    const result = await work()
    await client.query('commit')
    return { kind: 'done', result }
  } catch (error) {
    // On a lost connection the server rolls back by itself; what must be told is the first error.
    await client.query('rollback').catch(() => undefined)
    if (isInUse(error)) return { kind: 'table in use' }
    throw error
  }
}

/** A lock that did not come in time, or a deadlock: one of two that lock tables in opposite orders is ended. */
function isInUse(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? error.code : undefined
  return code === '55P03' || code === '40P01' || isInUse(error.cause)
}
