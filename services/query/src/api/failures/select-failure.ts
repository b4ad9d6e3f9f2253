import { sql } from 'slonik'
import { z } from 'zod'
import type { Reader } from '../reading/open-database.ts'
import { failureColumns, FailureRow } from './failure.ts'

const Header = z.object({ name: z.string(), value: z.base64().nullable() })
const bytes = z.custom<Buffer>((value) => Buffer.isBuffer(value), 'must be bytes').nullable()
export const WholeFailureRow = FailureRow.extend({
  original_key: bytes,
  original_value: bytes,
  original_headers: z.array(Header),
  record_partition: z.int(),
  record_offset: z.int(),
  record_appended_at: z.int(),
})
export type WholeFailureRow = z.infer<typeof WholeFailureRow>

const ConversationRow = z.object({ conversation_id: z.string().nullable() })

/**
 * A failure with the record that failed. Several conversations may have one of that id: then the newest of them, or
 * that of `conversation`, and `others` names up to a hundred of the rest. Null: there is none.
 */
export async function selectFailure(
  reader: Reader,
  { id, conversation }: { id: string; conversation: string | null },
): Promise<{ row: WholeFailureRow; others: (string | null)[] } | null> {
  const [row] = await reader.any(sql.type(WholeFailureRow)`
    select ${failureColumns}, original_key, original_value, original_headers, record_partition,
           record_offset::float8, record_appended_at
      from failures
     where failure_id = ${id}::uuid and ${conversation === null ? sql.fragment`true` : sql.fragment`conversation_id = ${conversation}`}
     order by failures.failed_at desc, coalesce(conversation_id, '') desc
     limit 1`)
  if (row === undefined) return null
  const others = await reader.any(sql.type(ConversationRow)`
    select conversation_id from failures
     where failure_id = ${id}::uuid and conversation_id is distinct from ${row.conversation_id}::text
     limit ${MOST_OTHERS}`)
  return { row, others: others.map(({ conversation_id }) => conversation_id) }
}

const MOST_OTHERS = 100
