import type { ClientBase } from 'pg'
import { toTimestamp } from '../tables/to-postgres.ts'

interface What {
  /** What was submitted before (epoch ms). */
  oldest: number
  most: number
}

/** Conversations of which a row is about an older submission, in the order of their ids. */
export async function selectOldIds(client: ClientBase, { oldest, most }: What): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(SELECT, [toTimestamp(oldest), most])
  return rows.map(({ id }) => id).toSorted()
}

const SELECT = `
  (select conversation_id as id from conversations where received_at < $1 order by received_at limit $2)
   union
  (select conversation_id from insights where origin_appended_at < $1 order by origin_appended_at limit $2)
   union
  (select conversation_id from erasures where erased_through < $1 limit $2)
   union
  (select conversation_id from failures where conversation_id is not null and origin_appended_at < $1 limit $2)
  limit $2`

/** Failures of which neither the event nor the key tells the conversation. */
export async function deleteOldUnassigned(client: ClientBase, { oldest, most }: What): Promise<number> {
  const { rowCount } = await client.query(
    `delete from failures where conversation_id is null and failure_id in (
       select failure_id from failures where conversation_id is null and origin_appended_at < $1 limit $2)`,
    [toTimestamp(oldest), most],
  )
  return rowCount ?? 0
}
