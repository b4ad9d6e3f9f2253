import type { Pool, PoolClient } from 'pg'
import { statementTimeoutMs } from './open-pool.ts'

/** The first word of the advisory locks of partitions; the second is the partition's number. */
const lockClass = 1936876906

/** A process that is stopped in the middle of a transaction must not keep its successor from the rows. */
const limits = `set local statement_timeout = ${statementTimeoutMs}; set local idle_in_transaction_session_timeout = 10000`

/**
 * Runs `work` in a transaction that no other for the same partition overlaps. A consumer that was paused and evicted in
 * the middle of a batch may come back beside its successor: without the lock its insert could slip past an erasure that
 * is not yet committed. On any failure the connection is thrown away, and the server rolls back.
 */
export async function inTransaction<T>(
  pool: Pool,
  partition: number,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect()
  try {
    // One round trip; `partition` is a number. What is set lasts as long as the transaction, since a pooler gives the
    // connection to others after it; usage_parts is kept by `insights.partition`.
    const setting = `set_config('insights.partition', '${partition}', true)`
    await client.query(`begin; ${limits}; select pg_advisory_xact_lock(${lockClass}, ${partition}), ${setting}`)
    const result = await work(client)
    await client.query('commit')
    client.release()
    return result
  } catch (error) {
    client.release(true)
    throw error
  }
}
