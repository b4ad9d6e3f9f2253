import { z } from 'zod'
import { Origin } from './origin.ts'
import { ConversationId, Timestamp } from './scalars.ts'

/** A call to the model has begun; one event for each call. `attempt` counts from 1. */
export const AnalysisStarted = z.object({
  call_id: z.string().min(1),
  started_at: Timestamp,
  model: z.string().min(1),
  prompt_version: z.string().min(1),
  items: z
    .array(z.object({ conversation_id: ConversationId, origin: Origin, attempt: z.int32().min(1) }))
    .min(1, 'must not be empty'),
})
export type AnalysisStarted = z.infer<typeof AnalysisStarted>
