import type { Client } from 'pg'
import { LOCKS, REBUILD } from '../database/locks.ts'
import { RebuildError } from './rebuild-error.ts'

/**
 * Begins a transaction that holds the lock of rebuilds until it ends: a pooler, which keeps the connection, does not
 * keep it. It reads and writes nothing for long, so it holds up no vacuum.
 * @throws RebuildError when another rebuild runs
 */
export async function holdRebuild(client: Client): Promise<void> {
  await client.query('begin')
  await client.query(`select set_config(name, '0', true) from pg_settings where name = any($1)`, [LIMITS])
  const { rows } = await client.query<{ held: boolean }>(
    `select pg_try_advisory_xact_lock(${LOCKS}, ${REBUILD}) as held`,
  )
  if (rows[0]?.held === true) return
  const holders = await client.query<{ pid: number; since: Date | null }>(
    `select pid, xact_start as since from pg_locks join pg_stat_activity using (pid)
      where locktype = 'advisory' and classid = ${LOCKS} and objid = ${REBUILD} and granted
        and pg_locks.database = (select oid from pg_database where datname = current_database())`,
  )
  await client.query('rollback')
  const [holder] = holders.rows
  const since = holder?.since ? ` since ${holder.since.toISOString()}` : ''
  throw new RebuildError(
    `another rebuild runs${since}: wait until it is done, or end it with: ` +
      `select pg_terminate_backend(${holder?.pid ?? 'its pid in pg_locks'})`,
  )
}

/** `transaction_timeout` is not known to every server. */
const LIMITS = ['idle_in_transaction_session_timeout', 'transaction_timeout', 'statement_timeout', 'lock_timeout']
