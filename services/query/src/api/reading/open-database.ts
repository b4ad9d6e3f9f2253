import pg from 'pg'
import { createPool, type DatabasePool, type DatabaseTransactionConnection, type Interceptor, sql } from 'slonik'

import { readDatabaseUrl } from '../../database/database-address.ts'

/** What a query is asked through. */
export type Reader = Pick<DatabaseTransactionConnection, 'any' | 'one'>

export interface Database {
  /**
   * Runs `work` in a transaction, of which all statements see the same rows. Connects with the first call. Rejects
   * while Postgres is away, and the next call tries again.
   */
  read<T>(work: (reader: Reader) => Promise<T>): Promise<T>
  /** As `read`, but `work` may write, and each of its statements sees what others have committed until then. */
  write<T>(work: (writer: Reader) => Promise<T>): Promise<T>
  /** Waits for the queries that run. */
  close(): Promise<void>
}

/** Postgres through slonik. `statementTimeoutMs` is the longest a query may take. */
export function openDatabase(options: { url: string; maxConnections: number; statementTimeoutMs: number }): Database {
  const { url, ssl } = readDatabaseUrl(options.url)
  const limit = String(options.statementTimeoutMs)
  let opening: Promise<DatabasePool> | undefined

  async function open(): Promise<DatabasePool> {
    return createPool(url, {
      ...(ssl && { ssl }),
      maxPoolSize: options.maxConnections,
      connectionTimeout: 5_000,
      connectionRetryLimit: 1,
      idleTimeout: 60_000,
      // They would be start-up parameters, which poolers refuse: each transaction sets its own.
      statementTimeout: 'DISABLE_TIMEOUT',
      idleInTransactionSessionTimeout: 'DISABLE_TIMEOUT',
      transactionRetryLimit: 1,
      // Nothing is set on a connection, so nothing has to be reset: DISCARD ALL would cost a round trip for each query.
      resetConnection: () => Promise.resolve(),
      interceptors: [validateRows],
      // Instants are epoch milliseconds, and counts are cast to float8: a BigInt cannot be written as JSON.
      typeParsers: [{ name: 'timestamptz', parse: toEpochMs }],
    })
  }

  const pool = () =>
    (opening ??= open().catch((error: unknown) => {
      opening = undefined
      throw error
    }))

  /** Compiling a plan takes a tenth of a second, longer than most plans run. */
  const limits = sql.unsafe`
    select set_config('statement_timeout', ${limit}, true),
           set_config('idle_in_transaction_session_timeout', ${limit}, true), set_config('jit', 'off', true)`
  return {
    read: async (work) =>
      (await pool()).transaction(async (transaction) => {
        await transaction.query(sql.unsafe`set transaction isolation level repeatable read, read only`)
        await transaction.query(limits)
        return work(transaction)
      }),
    write: async (work) =>
      (await pool()).transaction(async (transaction) => {
        await transaction.query(limits)
        return work(transaction)
      }),
    close: async () => {
      // A pool that never opened has nothing to close.
      const opened = await opening?.catch(() => undefined)
      await opened?.end()
    },
  }
}

/** slonik takes a schema with each query and never runs it: without this, row types would be wishes. */
const validateRows: Interceptor = {
  name: 'validate-rows',
  transformRow: ({ resultParser }, _query, row) => {
    if (resultParser === undefined) return row
    const result = resultParser['~standard'].validate(row)
    if (result instanceof Promise) throw new TypeError('row schemas must be synchronous')
    // Without the row: it holds what people wrote, and the log is no place for that.
    if (result.issues !== undefined) throw new Error(`a row breaks its schema: ${describe(result.issues)}`)
    return result.value as typeof row
  },
}

/** slonik's own parser takes the year 1 for 2001. */
const parseTimestamptz = pg.types.getTypeParser(pg.types.builtins.TIMESTAMPTZ) as (text: string) => Date
const toEpochMs = (text: string): number => parseTimestamptz(text).getTime()

const describe = (issues: readonly { message: string; path?: readonly unknown[] | undefined }[]): string =>
  issues.map(({ path = [], message }) => `${path.map(String).join('.')}: ${message}`).join('; ')
