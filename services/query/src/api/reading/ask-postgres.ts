import { postgresAway } from '../../database/postgres-away.ts'

/** SQLSTATE of a statement that took longer than it may. */
const QUERY_CANCELED = '57014'

/** Postgres cannot be asked, or (`isLate`) took longer than it may. */
export interface Away {
  kind: 'away'
  reason: string
  isLate: boolean
}

/** What Postgres answers; `away` while it does not. Whatever else goes wrong is thrown on. */
export async function askPostgres<T>(ask: () => Promise<T>): Promise<{ kind: 'read'; value: T } | Away> {
  try {
    return { kind: 'read', value: await ask() }
  } catch (error) {
    const reason = postgresAway(error)
    if (reason === null) throw error
    return { kind: 'away', reason, isLate: hasState(error, QUERY_CANCELED) }
  }
}

/** slonik wraps the driver's errors in its own. */
const hasState = (error: unknown, state: string): boolean =>
  error instanceof Error && (('code' in error && error.code === state) || hasState(error.cause, state))
