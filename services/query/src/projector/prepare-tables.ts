import type { Pool } from 'pg'
import { postgresAway } from '../database/postgres-away.ts'
import { describeOtherKeys } from './write/check-facet-keys.ts'

/**
 * Null once the tables are made with these facet keys and the insights are counted, else what is missing or what to do
 * about it. Tables without rows take the keys over; others hold counts by the old ones, which only a rebuild changes.
 */
export async function prepareTables(
  pool: Pool,
  { facetKeys, count }: { facetKeys: readonly string[]; count: () => Promise<string | null> },
): Promise<string | null> {
  try {
    await pool.query(
      `update projection set facet_keys = $1
        where facet_keys <> $1 and (not counted or not exists (select from conversations))`,
      [facetKeys],
    )
    const { rows } = await pool.query<{ facet_keys: string[]; counted: boolean }>(
      'select facet_keys, counted from projection',
    )
    const known = rows[0]?.facet_keys ?? []
    if (known.join() === facetKeys.join()) return rows[0]?.counted === true ? null : await count()
    return describeOtherKeys(facetKeys.join(), known.join())
  } catch (error) {
    const reason = postgresAway(error)
    if (reason === null) throw error
    return reason
  }
}
