import { escapeIdentifier, type Pool, type PoolClient } from 'pg'
import { LOCKS } from '../../database/locks.ts'
import { statementTimeoutMs } from '../../database/open-pool.ts'

/** Which tables are written, and by which locks. */
export interface Target {
  /** Null: those that the API reads. */
  schema: string | null
  /** The first word of its advisory locks. */
  locks: number
}
const LIVE: Target = { schema: null, locks: LOCKS }

/** A process that is stopped in the middle of a transaction must not keep its successor from the rows. */
const LIMITS = `set local statement_timeout = ${statementTimeoutMs}; set local idle_in_transaction_session_timeout = 10000`
/**
 * All rows are found by their ids. Of a table that grows Postgres knows so little that it reads all of it rather than
 * thousands of its rows by the index: 36 µs an insight instead of 7.
 */
const PLANS = 'set local enable_seqscan = off; set local jit = off'
/** The trigger `projector_only` refuses all others. */
const PROJECTOR = "select set_config('insights.projector', '3', true)"

/**
 * Runs `work` in a transaction that holds the shards, in rising order. What is read in it stays true until the commit,
 * also beside a consumer that was paused and evicted in the middle of a batch and comes back next to its successor. On
 * any failure the connection is thrown away, and the server rolls back.
 */
export async function inTransaction<T>(
  pool: Pool,
  shards: readonly number[],
  work: (client: PoolClient) => Promise<T>,
  { schema, locks }: Target = LIVE,
): Promise<T> {
  const client = await pool.connect()
  try {
    // One round trip; shards are numbers. What is set lasts as long as the transaction, since a pooler gives the
    // connection to others after it.
    const rising = shards.toSorted((a, b) => a - b)
    const taken = rising.map((shard) => `select pg_advisory_xact_lock(${locks}, ${shard})`)
    const path = schema === null ? [] : [`set local search_path = ${escapeIdentifier(schema)}`]
    await client.query(['begin', LIMITS, PLANS, PROJECTOR, ...path, ...taken].join('; '))
    const result = await work(client)
    await client.query('commit')
    client.release()
    return result
  } catch (error) {
    client.release(true)
    throw error
  }
}
