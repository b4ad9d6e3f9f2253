import { postgresAway } from '../../database/postgres-away.ts'
import type { Asked } from '../reading/ask-readers.ts'

/** What the table of redrives answers; `away` while Postgres is. Whatever else goes wrong is thrown on. */
export async function askTable<T>(ask: () => Promise<T>): Promise<Asked<T>> {
  try {
    return { kind: 'read', value: await ask() }
  } catch (error) {
    const reason = postgresAway(error)
    if (reason === null) throw error
    return { kind: 'away', reason }
  }
}
