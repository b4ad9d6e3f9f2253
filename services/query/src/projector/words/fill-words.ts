import type { Pool } from 'pg'
import { inTransaction } from '../write/in-transaction.ts'

/**
 * Makes the next `most` insights behind `after` (by id) searchable, while no other writes. Returns the last of them;
 * null when there are no more: then all are searchable, as long as TEXT_SEARCH is on.
 */
export async function fillWords(
  pool: Pool,
  { after, most, shards }: { after: string; most: number; shards: readonly number[] },
): Promise<string | null> {
  return inTransaction(pool, shards, async (client) => {
    const { rows } = await client.query<{ last: string | null }>(FILL, [after, most])
    const last = rows[0]?.last ?? null
    if (last === null) await client.query('update projection set searchable = text_search')
    return last
  })
}

/** What is there may be of before TEXT_SEARCH was off. */
const FILL = `
  with page as materialized (
    select conversation_id, reasoning from insights where conversation_id > $1 order by conversation_id limit $2
  ), filled as (
    insert into insight_words as known
    select conversation_id, words_of(reasoning, messages)
      from page left join conversations using (conversation_id) where exists (select from projection where text_search)
    on conflict (conversation_id) do update set words = excluded.words where known.words <> excluded.words
  )
  select max(conversation_id) as last from page`
