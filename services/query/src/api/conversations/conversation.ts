import { Message } from '@insights/schemas/events/conversation-received'
import { FailureClass } from '@insights/schemas/events/analysis-failed'
import { z } from 'zod'
import { servedColumns } from '../../tables/insight-columns.ts'

const Time = z.iso.datetime()

const OriginRead = z
  .object({ topic: z.string(), partition: z.int(), offset: z.int(), appended_at: Time })
  .describe('The first record of it in Kafka; `appended_at` is on the clock of the broker.')

const UsageRead = z
  .object({
    prompt_tokens: z.int().describe('Tokens read, cached ones included.'),
    cached_tokens: z.int().describe("Tokens read from the provider's prefix cache."),
    completion_tokens: z.int().describe('Tokens written, without those the model thought in.'),
    reasoning_tokens: z.int().describe('Tokens the model thought in.'),
  })
  .describe("The conversation's share of its call: all shares add up to the call's figures.")

const isOfNewest = z
  .boolean()
  .describe('Whether it is of the newest submission, which the other fields tell of; else of one before that.')

/** The insight of a conversation: as the list gives it, and how it came about. */
export const InsightDetail = z.object({
  ...servedColumns,
  insight_id: z.uuid(),
  is_of_newest_submission: isOfNewest,
  attempts: z.int().describe('Attempts that were charged to the conversation until it was answered.'),
  prompt_version: z.string().describe('The version of the prompt that was asked with.'),
  call_id: z.string().describe('The call that answered; the conversations of a batch share one.'),
  usage: UsageRead,
  cost_usd: z
    .string()
    .describe('Its share of the cost, US dollars, exact: a decimal number with ten digits after the point.'),
})

/** A failure that nothing has resolved. */
export const FailureDetail = z.object({
  failure_id: z.uuid(),
  is_of_newest_submission: isOfNewest,
  class: FailureClass,
  problem: z
    .object({
      type: z.string(),
      title: z.string(),
      detail: z.string().describe('May quote the record. Untrusted text.'),
    })
    .describe('What went wrong, in the words of RFC 9457.'),
  attempts: z.int(),
  retryable: z.boolean().describe('Whether the same record may succeed later.'),
  failed_at: Time,
  origin: OriginRead,
})

export const STAGES = ['occurred', 'received', 'published_again', 'started', 'completed', 'failed'] as const

const TimelineEntry = z.object({
  stage: z.enum(STAGES),
  at: Time,
  detail: z.string().optional().describe('More about it, in words for people.'),
})
export type TimelineEntry = z.infer<typeof TimelineEntry>

/** What the tables hold of a conversation, but for its metadata and messages: what is read and what the API gives. */
export const ConversationHead = z.object({
  conversation_id: z.string(),
  status: z
    .enum(['queued', 'processing', 'completed', 'failed'])
    .describe('What became of the newest submission. One that is published again is queued once more.'),
  received_at: Time.nullable().describe(
    'When the newest submission was received. Null where only a failure is known, of another record than a submission.',
  ),
  started_at: Time.nullable().describe('When its newest call began.'),
  finished_at: Time.nullable().describe('When it was completed or failed; null before.'),
  occurred_at: Time.nullable().describe(
    'When people talked: the latest time among the messages, else when it was received.',
  ),
  attempts: z.int().describe('Attempts at an analysis so far.'),
  source: z
    .string()
    .nullable()
    .describe('`http`, or the system that produced it. Null while the submission is not read.'),
  lane: z.string().nullable().describe('`live`, or `bulk` for what can wait. Null while the submission is not read.'),
  submission_id: z
    .uuid()
    .nullable()
    .describe('Ties retries and traces together. Null while the submission is not read.'),
  origin: OriginRead.nullable(),
  insight: InsightDetail.nullable().describe(
    'The newest analysis. While a newer submission waits or has failed it is the one of a submission before.',
  ),
  failure: FailureDetail.nullable().describe(
    'Why the newest submission failed, else the newest failure that nothing has resolved. An answer to the same or a newer submission ' +
      'resolves it.',
  ),
})
export type ConversationHead = z.infer<typeof ConversationHead>

/** A message as the API gives it. */
const MessageRead = Message.extend({ timestamp: Time.nullable() })

/** What became of a conversation. */
export const Conversation = ConversationHead.extend({
  metadata: z
    .record(z.string(), z.unknown())
    .nullable()
    .describe('As it was sent; numbers keep all their digits. Null while the submission is not read. Untrusted.'),
  messages: z
    .array(MessageRead)
    .nullable()
    .describe('Null where STORE_MESSAGES of the projector is false, or the submission is not read. Untrusted text.'),
  previous: z
    .array(InsightDetail)
    .max(0)
    .describe(
      'Earlier analyses. Always empty: the tables keep the newest analysis of each conversation alone, and so, once it is compacted, does ' +
        'the topic.',
    ),
  timeline: z.array(TimelineEntry).describe('What happened to the newest submission, oldest first.'),
})

/** Messages as they are stored: times are epoch ms. */
export const MessagesStored = z.array(Message)
