import { AnalysisFailed } from '@insights/schemas/events/analysis-failed'
import type { Message } from '@insights/schemas/events/conversation-received'
import type { ClientBase } from 'pg'
import { epochMs } from '../tables/epoch-ms.ts'
import type { Failure } from '../projector/merge/state.ts'

/** What a state that was read from the tables leaves out, because it is large: of conversations. */
export async function selectContents(
  client: ClientBase,
  ids: readonly string[],
): Promise<Map<string, { metadata: string; messages: Message[] | null }>> {
  const { rows } = await client.query<{ id: string; metadata: string; messages: Message[] | null }>(
    `select conversation_id as id, metadata::text, messages from conversations
      where conversation_id = any($1::text[]) and metadata is not null`,
    [ids],
  )
  return new Map(rows.map(({ id, metadata, messages }) => [id, { metadata, messages }]))
}

export interface FailureOf {
  /** failure_id */
  id: string
  /** Null: without a conversation. */
  of: string | null
  failure: Failure & { event: AnalysisFailed }
}

/** The failures of these conversations. */
export async function selectFailures(client: ClientBase, conversations: readonly string[]): Promise<FailureOf[]> {
  const { rows } = await client.query<FailureRead>(`${SELECT_FAILURES} conversation_id = any($1::text[])`, [
    conversations,
  ])
  return rows.map(toFailureOf)
}

/** Failures without a conversation. */
export async function selectUnassigned(client: ClientBase, ids: readonly string[]): Promise<FailureOf[]> {
  const { rows } = await client.query<FailureRead>(
    `${SELECT_FAILURES} conversation_id is null and failure_id = any($1::uuid[])`,
    [ids],
  )
  return rows.map(toFailureOf)
}

const toFailureOf = (row: FailureRead): FailureOf => {
  const failure = toFailure(row)
  return { id: failure.event.failure_id, of: row.of, failure }
}

interface FailureRead {
  of: string | null
  event: Omit<AnalysisFailed, 'original'>
  key: Buffer | null
  value: Buffer | null
  headers: { name: string; value: string | null }[]
  record_partition: number
  record_offset: number
  record_at: number
}

function toFailure({ event, key, value, headers, ...row }: FailureRead): Failure & { event: AnalysisFailed } {
  const original = {
    key,
    value,
    headers: headers.map((one) => ({ ...one, value: one.value === null ? null : Buffer.from(one.value, 'base64') })),
  }
  const read = AnalysisFailed.parse({ ...event, original })
  return {
    place: { partition: row.record_partition, offset: row.record_offset, appendedAt: row.record_at },
    origin: read.origin,
    class: read.class,
    attempts: read.attempts,
    failedAt: read.failed_at,
    event: read,
  }
}

const SELECT_FAILURES = `
  select conversation_id as of,
         jsonb_build_object(
           'failure_id', failure_id, 'conversation_id', conversation_id, 'class', class,
           'problem', jsonb_build_object('type', problem_type, 'title', title, 'detail', detail),
           'attempts', attempts, 'retryable', retryable, 'failed_at', ${epochMs('failed_at')},
           'origin', jsonb_build_object(
             'topic', origin_topic, 'partition', origin_partition, 'offset', origin_offset,
             'appended_at', ${epochMs('origin_appended_at')})) as event,
         original_key as key, original_value as value, original_headers as headers,
         record_partition, record_offset::float8 as record_offset,
         ${epochMs('record_appended_at')} as record_at
    from failures where `
