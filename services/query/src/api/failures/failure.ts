import { FailureClass } from '@insights/schemas/events/analysis-failed'
import { sql } from 'slonik'
import { z } from 'zod'

const Origin = z
  .object({
    topic: z.string(),
    partition: z.int(),
    offset: z.int(),
    appended_at: z.iso.datetime().describe("When it was appended, by the broker's clock."),
  })
  .describe('The record in Kafka that failed; of one that was published again, its first.')

/** A failure as the API gives it. */
export const Failure = z.object({
  failure_id: z.uuid(),
  conversation_id: z.string().nullable().describe('Null where neither the record nor its key tells.'),
  class: FailureClass,
  problem: z
    .object({ type: z.string(), title: z.string(), detail: z.string() })
    .describe('What went wrong, in the words of RFC 9457; each text is cut after 4,000 characters.'),
  attempts: z.int().describe('Tries that were charged to it; 0 when the model was never asked.'),
  retryable: z.boolean().describe('Whether the same bytes may succeed later.'),
  failed_at: z.iso.datetime(),
  origin: Origin,
})
export type Failure = z.infer<typeof Failure>

/** As it is read: times are epoch ms. */
export const FailureRow = z.object({
  failure_id: z.string(),
  conversation_id: z.string().nullable(),
  class: FailureClass,
  problem_type: z.string(),
  title: z.string(),
  detail: z.string(),
  attempts: z.int(),
  retryable: z.boolean(),
  failed_at: z.int(),
  origin_topic: z.string(),
  origin_partition: z.int(),
  origin_offset: z.int(),
  origin_appended_at: z.int(),
})
export type FailureRow = z.infer<typeof FailureRow>

/** Ours have no longer texts; others that write to the topic may, and a page has up to a thousand of them. */
export const failureColumns = sql.fragment`
  failures.failure_id::text, failures.conversation_id, class, left(problem_type, 4000) as problem_type, left(title, 4000) as title,
  left(detail, 4000) as detail, attempts, retryable, failures.failed_at, left(origin_topic, 4000) as origin_topic,
  origin_partition, origin_offset::float8, origin_appended_at`

export const toFailure = (row: FailureRow): Failure => ({
  failure_id: row.failure_id,
  conversation_id: row.conversation_id,
  class: row.class,
  problem: { type: row.problem_type, title: row.title, detail: row.detail },
  attempts: row.attempts,
  retryable: row.retryable,
  failed_at: new Date(row.failed_at).toISOString(),
  origin: {
    topic: row.origin_topic,
    partition: row.origin_partition,
    offset: row.origin_offset,
    appended_at: new Date(row.origin_appended_at).toISOString(),
  },
})
