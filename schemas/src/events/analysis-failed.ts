import { z } from 'zod'
import { Origin } from './origin.ts'
import { Bytes, ConversationId, Count, Timestamp } from './scalars.ts'

/** What went wrong; the Avro schema says what each word means. */
export const FailureClass = z.enum([
  'undecodable',
  'invalid',
  'too_large',
  'refused',
  'unsafe',
  'malformed_answer',
  'missing_answer',
  'distrusted_answer',
  'expired',
  'unprojectable',
])
export type FailureClass = z.infer<typeof FailureClass>

/** A record that was given up, with its bytes so that it can be driven again. `problem` uses the words of RFC 9457. */
export const AnalysisFailed = z.object({
  failure_id: z.uuid('must be a UUID'),
  conversation_id: ConversationId.nullable(),
  class: FailureClass,
  problem: z.object({ type: z.string(), title: z.string(), detail: z.string() }),
  attempts: Count,
  retryable: z.boolean(),
  failed_at: Timestamp,
  origin: Origin,
  original: z.object({
    key: Bytes.nullable(),
    value: Bytes.nullable(),
    headers: z.array(z.object({ name: z.string(), value: Bytes.nullable() })),
  }),
})
export type AnalysisFailed = z.infer<typeof AnalysisFailed>
