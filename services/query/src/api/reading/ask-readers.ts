import { postgresAway } from '../../database/postgres-away.ts'
import type { Reader } from './open-database.ts'
import type { Readers } from './share-readers.ts'

/** SQLSTATE of a statement that took longer than it may. */
const QUERY_CANCELED = '57014'

/** What became of a read. `shed`: too many dear ones waited, and this one had waited longest.
 * `away`: Postgres cannot be asked, or (`isLate`) took longer than it may. */
export type Asked<T> = { kind: 'read'; value: T } | Refusal
export type Refusal = { kind: 'shed' } | { kind: 'away'; reason: string; isLate?: boolean }

/** Runs `query` where queries of its cost belong. Whatever is not Postgres being away is thrown on. */
export async function askReaders<T>(
  readers: Readers,
  cost: 'cheap' | 'dear',
  query: (reader: Reader) => Promise<T>,
): Promise<Asked<T>> {
  try {
    return cost === 'dear' ? await readers.dear(query) : { kind: 'read', value: await readers.cheap(query) }
  } catch (error) {
    const reason = postgresAway(error)
    if (reason === null) throw error
    return { kind: 'away', reason, isLate: reason.includes(`(${QUERY_CANCELED})`) }
  }
}
