import { sql } from 'slonik'
import { z } from 'zod'
import { servedColumns } from '../../tables/insight-columns.ts'
import type { Reader } from '../reading/open-database.ts'
import { isoTime } from '../selection/iso-time.ts'
import { ConversationHead, MessagesStored } from './conversation.ts'

/** What the tables hold of a conversation. */
const ConversationRead = ConversationHead.extend({
  started_attempt: z.int().nullable(),
  again: z.object({ partition: z.int(), offset: z.int(), appended_at: z.iso.datetime() }).nullable(),
  /** JSON, as text: a number keeps its digits, and whatever Postgres has stored can be answered. */
  metadata: z.string().nullable(),
  messages: MessagesStored.nullable(),
})
export type ConversationRead = z.infer<typeof ConversationRead>

const iso = (table: 'c' | 'i' | 'f', column: string) => isoTime([table, column])

/** The served columns of `i`, as names and values of a JSON object. */
const served = sql.join(
  Object.keys(servedColumns).map((name) =>
    name.endsWith('_at')
      ? sql.fragment`${sql.literalValue(name)}, ${iso('i', name)}`
      : sql.fragment`${sql.literalValue(name)}, ${sql.identifier(['i', name])}`,
  ),
  sql.fragment`, `,
)

/** Of the newest submission; what has no row in `conversations` is the newest that is known. */
const isOfNewest = (table: 'i' | 'f') => {
  const column = (name: string) => sql.identifier([table, `origin_${name}`])
  return sql.fragment`coalesce((${column('topic')}, ${column('partition')}, ${column('offset')}, ${column('appended_at')})
    = (c.origin_topic, c.origin_partition, c.origin_offset, c.received_at), true)`
}

const origin = (table: 'c' | 'i' | 'f') => {
  const column = (name: string) => sql.identifier([table, `origin_${name}`])
  const appendedAt = table === 'c' ? iso('c', 'received_at') : iso(table, 'origin_appended_at')
  return sql.fragment`json_build_object('topic', ${column('topic')}, 'partition', ${column('partition')},
    'offset', ${column('offset')}, 'appended_at', ${appendedAt})`
}

/**
 * All that the tables hold of a conversation, of one moment; null when that is nothing. Each part can be there alone: a
 * row that was put in by hand, or a failure of a record that is no submission.
 */
export async function selectConversation(reader: Reader, id: string): Promise<ConversationRead | null> {
  const rows = await reader.any(sql.type(ConversationRead)`
    select asked.id as conversation_id,
           coalesce(c.status, case when i.conversation_id is null then 'failed' else 'completed' end) as status,
           coalesce(${iso('c', 'received_at')}, ${iso('i', 'origin_appended_at')}) as received_at,
           ${iso('c', 'started_at')} as started_at,
           case when c.conversation_id is not null then ${iso('c', 'finished_at')}
                else coalesce(${iso('i', 'created_at')}, ${iso('f', 'failed_at')}) end as finished_at,
           coalesce(${iso('c', 'occurred_at')}, ${iso('i', 'occurred_at')}) as occurred_at,
           coalesce(c.attempts, i.attempts, f.attempts) as attempts,
           c.source, c.lane, c.submission_id, c.metadata::text as metadata, c.messages, c.started_attempt,
           case when c.conversation_id is not null then ${origin('c')}
                when i.conversation_id is not null then ${origin('i')} end as origin,
           case when (c.record_partition, c.record_offset) <> (c.origin_partition, c.origin_offset)
                then json_build_object('partition', c.record_partition, 'offset', c.record_offset,
                                       'appended_at', ${iso('c', 'record_appended_at')}) end as again,
           case when i.conversation_id is not null then json_build_object(
             ${served}, 'insight_id', i.insight_id, 'is_of_newest_submission', ${isOfNewest('i')},
             'attempts', i.attempts, 'prompt_version', i.prompt_version, 'call_id', i.call_id,
             'usage', json_build_object('prompt_tokens', i.prompt_tokens, 'cached_tokens', i.cached_tokens,
                                        'completion_tokens', i.completion_tokens,
                                        'reasoning_tokens', i.reasoning_tokens),
             'cost_usd', (i.cost_usd_ticks * 1e-10)::text) end as insight,
           case when f.failure_id is not null then json_build_object(
             'failure_id', f.failure_id, 'is_of_newest_submission', ${isOfNewest('f')}, 'class', f.class,
             'problem', json_build_object('type', f.problem_type, 'title', f.title, 'detail', f.detail),
             'attempts', f.attempts, 'retryable', f.retryable, 'failed_at', ${iso('f', 'failed_at')},
             'origin', ${origin('f')}) end as failure
      from (select ${id}::text as id) as asked
      left join conversations c on c.conversation_id = asked.id
      left join insights i on i.conversation_id = asked.id
      left join lateral (
        select f.* from failures f where f.conversation_id = asked.id
         -- The one that decides over the status (conclude.ts), else the newest.
         order by f.class <> 'unprojectable' and ${isOfNewest('f')} desc,
                  f.record_appended_at desc, f.record_offset desc, f.record_partition desc, f.failure_id desc
         limit 1) f on true
     where num_nonnulls(c.conversation_id, i.conversation_id, f.failure_id) > 0`)
  return rows[0] ?? null
}
