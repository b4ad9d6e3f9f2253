import { z } from 'zod'
import { Origin } from './origin.ts'
import { ConversationId, Count, LongCount, Timestamp } from './scalars.ts'

/** One conversation's share of a call; all shares add up to the call's figures. A tick is 1e-10 US dollars. */
export const Usage = z.object({
  prompt_tokens: Count,
  cached_tokens: Count,
  completion_tokens: Count,
  reasoning_tokens: Count,
  cost_usd_ticks: LongCount,
})
export type Usage = z.infer<typeof Usage>

/** What the model found in a conversation. `reasoning`, `clusters` and `raw` are untrusted text. */
export const InsightProduced = z.object({
  insight_id: z.uuid('must be a UUID'),
  conversation_id: ConversationId,
  sentiment_score: z.number().min(-1).max(1),
  clusters: z.array(z.string()).max(10, 'must have at most 10 topics'),
  confidence: z.number().min(0).max(1),
  reasoning: z.string(),
  model: z.string().min(1),
  prompt_version: z.string().min(1),
  created_at: Timestamp,
  occurred_at: Timestamp.nullable(),
  origin: Origin,
  call_id: z.string().min(1),
  attempts: Count,
  truncated: z.boolean(),
  usage: Usage,
  raw: z.string().nullable(),
})
export type InsightProduced = z.infer<typeof InsightProduced>
