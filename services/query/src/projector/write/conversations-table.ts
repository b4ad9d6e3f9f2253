import type { ClientBase } from 'pg'
import { column, type Columns } from '../../tables/column.ts'
import type { Conclusion } from '../merge/conclude.ts'
import type { Submission } from '../merge/state.ts'
import { createUpsert } from '../../tables/upsert-rows.ts'

export interface ConversationRow {
  id: string
  submission: Submission
  conclusion: Conclusion
  /** Null: metadata and messages stay as they are. */
  content: { metadata: string | null; messages: string | null } | null
}

const columns = {
  conversation_id: column('text', ({ id }) => id),
  status: column('text', ({ conclusion }) => conclusion.status),
  received_at: column('timestamptz', ({ submission }) => submission.origin.appended_at),
  started_at: column('timestamptz', ({ submission }) => submission.started?.startedAt ?? null),
  finished_at: column('timestamptz', ({ conclusion }) => conclusion.finishedAt),
  occurred_at: column(
    'timestamptz',
    ({ submission }) => submission.received?.occurredAt ?? submission.origin.appended_at,
  ),
  attempts: column('int4', ({ conclusion }) => conclusion.attempts),
  source: column('text', ({ submission }) => submission.received?.source ?? null),
  lane: column('text', ({ submission }) => submission.received?.lane ?? null),
  submission_id: column('uuid', ({ submission }) => submission.received?.submissionId ?? null),
  metadata: column('jsonb', ({ content }) => content?.metadata ?? null),
  messages: column('jsonb', ({ content }) => content?.messages ?? null),
  facets: column('text[]', ({ submission }) => submission.received?.facets ?? []),
  origin_topic: column('text', ({ submission }) => submission.origin.topic),
  origin_partition: column('int4', ({ submission }) => submission.origin.partition),
  origin_offset: column('int8', ({ submission }) => submission.origin.offset),
  record_partition: column('int4', ({ submission }) => submission.received?.place.partition ?? null),
  record_offset: column('int8', ({ submission }) => submission.received?.place.offset ?? null),
  record_appended_at: column('timestamptz', ({ submission }) => submission.received?.place.appendedAt ?? null),
  started_attempt: column('int4', ({ submission }) => submission.started?.attempt ?? null),
  started_partition: column('int4', ({ submission }) => submission.started?.place.partition ?? null),
  started_offset: column('int8', ({ submission }) => submission.started?.place.offset ?? null),
  started_appended_at: column('timestamptz', ({ submission }) => submission.started?.place.appendedAt ?? null),
} satisfies Columns<ConversationRow>

const upsert = createUpsert<ConversationRow>({ table: 'conversations', key: ['conversation_id'], columns })
/** A statement of its own: messages that stay are neither sent nor written. */
const { metadata: _metadata, messages: _messages, ...others } = columns
const upsertWithoutContent = createUpsert<ConversationRow>({
  table: 'conversations',
  key: ['conversation_id'],
  columns: others,
})

export async function upsertConversations(client: ClientBase, rows: readonly ConversationRow[]): Promise<void> {
  await upsert(
    client,
    rows.filter(({ content }) => content !== null),
  )
  await upsertWithoutContent(
    client,
    rows.filter(({ content }) => content === null),
  )
}
