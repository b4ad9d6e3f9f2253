import { z } from 'zod'
import { isJsonObject } from './is-json-object.ts'
import { ConversationId, SourceName, Timestamp } from './scalars.ts'

/** One message. `inbound`: true = the customer wrote it, false = the support side, null = not known. */
export const Message = z.object({
  author_id: z.string().nullable(),
  text: z.string().min(1, 'must not be empty'),
  timestamp: Timestamp.nullable(),
  inbound: z.boolean().nullable(),
})
export type Message = z.infer<typeof Message>

/** A conversation to be analysed. `metadata` is a JSON object as text; `submission_id` ties retries together. */
export const ConversationReceived = z.object({
  conversation_id: ConversationId,
  messages: z.array(Message).min(1, 'must not be empty'),
  metadata: z.string().refine(isJsonObject, 'must be the text of a JSON object'),
  source: SourceName,
  submission_id: z.uuid('must be a UUID'),
})
export type ConversationReceived = z.infer<typeof ConversationReceived>
