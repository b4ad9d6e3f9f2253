import type { Pool } from 'pg'
import { inTransaction } from '../write/in-transaction.ts'

/**
 * From now on what is written is searchable by its words, or not (TEXT_SEARCH). Holds all shards for a moment, so that
 * no other that writes goes by what was said before. True when there are insights that have yet to be made searchable.
 */
export async function switchSearch(pool: Pool, isOn: boolean, shards: readonly number[]): Promise<boolean> {
  const { rows } = await pool.query<{ isSame: boolean; isLeft: boolean }>(
    `select text_search = $1 as "isSame", text_search and not searchable as "isLeft" from projection`,
    [isOn],
  )
  const [known] = rows
  if (known?.isSame === true) return known.isLeft
  return inTransaction(pool, shards, async (client) => {
    const { rows: left } = await client.query<{ isLeft: boolean }>(
      `update projection set text_search = $1, searchable = $1 and not exists (select from insights)
       returning text_search and not searchable as "isLeft"`,
      [isOn],
    )
    return left[0]?.isLeft === true
  })
}
