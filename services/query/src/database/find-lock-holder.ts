import type pg from 'pg'

/** A session with a lock that is waited for; `text` says which process it is, and since when its transaction runs. */
export interface LockHolder {
  pid: number
  text: string
}

interface Session {
  pid: number
  name: string
  address: string | null
  since: Date | null
  tables?: string[]
}

/** Who holds this advisory lock in this database; null when it is free by now. */
export async function findAdvisoryLockHolder(
  client: pg.Client,
  { classid, objid }: { classid: number; objid: number },
): Promise<LockHolder | null> {
  const { rows } = await client.query<Session>(
    `select pid, application_name as name, host(client_addr) as address, xact_start as since
       from pg_locks join pg_stat_activity using (pid)
      where locktype = 'advisory' and classid = ${classid} and objid = ${objid} and granted
        and pg_locks.database = (select oid from pg_database where datname = current_database())`,
  )
  return rows[0] === undefined ? null : describe(rows[0])
}

/**
 * Who has held locks on our tables for at least `heldMs`, the longest first; null when they are free by now. A role
 * without pg_read_all_stats does not see since when another role's transaction runs: it may be any of those.
 */
export async function findTableLockHolder(client: pg.Client, heldMs: number): Promise<LockHolder | null> {
  const { rows } = await client.query<Session>(
    `select pid, application_name as name, host(client_addr) as address, xact_start as since,
            array_agg(distinct relname::text) as tables
       from pg_locks
       join pg_stat_activity using (pid)
       join pg_class on pg_class.oid = relation
      where locktype = 'relation' and granted and pid <> pg_backend_pid() and leader_pid is null
        and pg_locks.database = (select oid from pg_database where datname = current_database())
        and relnamespace = current_schema()::regnamespace and relkind in ('r', 'p', 'v')
        and coalesce(xact_start <= clock_timestamp() - interval '1 ms' * ${Math.trunc(heldMs)}, true)
      group by 1, 2, 3, 4 order by since limit 1`,
  )
  return rows[0] === undefined ? null : describe(rows[0])
}

function describe({ pid, name, address, since, tables }: Session): LockHolder {
  const facts = [
    `${name}${address === null ? '' : ` from ${address}`}`,
    ...(since === null ? [] : [`since ${since.toISOString()}`]),
    ...(tables === undefined ? [] : [`uses ${tables.join(', ')}`]),
  ]
  return { pid, text: `process ${pid} (${facts.join(', ')})` }
}
