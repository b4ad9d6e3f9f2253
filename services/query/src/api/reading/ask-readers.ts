import { askPostgres, type Away } from './ask-postgres.ts'
import type { Reader } from './open-database.ts'
import type { Readers } from './share-readers.ts'

/** What became of a read. `shed`: too many dear ones waited, and this one had waited longest. */
export type Asked<T> = { kind: 'read'; value: T } | Refusal
export type Refusal = { kind: 'shed' } | Away

/** Runs `query` where queries of its cost belong. Whatever is not Postgres being away is thrown on. */
export async function askReaders<T>(
  readers: Readers,
  cost: 'cheap' | 'dear',
  query: (reader: Reader) => Promise<T>,
): Promise<Asked<T>> {
  if (cost === 'cheap') return askPostgres(() => readers.cheap(query))
  const asked = await askPostgres(() => readers.dear(query))
  return asked.kind === 'read' ? asked.value : asked
}
