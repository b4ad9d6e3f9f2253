import { listOf } from '@insights/runtime/http/list-of'
import { instantSchemas } from '@insights/runtime/parse-instant'
import { isAddressable, NO_CONTROL_CHARACTERS, NOT_ADDRESSABLE } from '@insights/schemas/events/scalars'
import { z } from 'zod'
import { parseTimestamp } from './parse-timestamp.ts'

const TIMESTAMP_RULE =
  'must be an ISO 8601 date-time such as "2026-01-02T03:04:05Z" or a Unix time in seconds, in the years 1 to 9999'
/** `JSON.stringify` and Postgres' jsonb both recurse, so a body that is only brackets would break them. */
const MAX_METADATA_DEPTH = 100

const Timestamp = z
  .union([z.string(), z.number()], TIMESTAMP_RULE)
  .transform((value, context) => {
    const ms = parseTimestamp(value)
    if (ms !== null) return ms
    context.addIssue(TIMESTAMP_RULE)
    return z.NEVER
  })
  .meta({
    anyOf: [...instantSchemas],
    description: 'ISO 8601 with or without offset (none means UTC), or a Unix time in seconds',
  })

const Message = z.object({
  author_id: z.string().nullish().describe('Who wrote it, in your own terms; the model never sees it'),
  text: z.string().min(1, 'must have at least one character'),
  timestamp: Timestamp.nullish(),
  inbound: z.boolean().nullish().describe('True when the customer wrote it, false when the agent did'),
})

/** Also what events are held to, but here "" and null mean that there is none, as they did in the prototype. */
const ConversationId = z
  .string()
  .max(200, 'must have at most 200 characters')
  .regex(NO_CONTROL_CHARACTERS, 'must not contain control characters')
  // A lone surrogate has no UTF-8 form: the id in Kafka would not be the one that was answered.
  .refine((id) => id.isWellFormed(), 'must be well-formed Unicode')
  .refine(isAddressable, NOT_ADDRESSABLE)
  .nullish()
  .transform((id) => id || undefined)
  .describe('Made by the server when absent, null or ""')

/** Passed on as it is: `z.record()` would copy it, slowly, and leave out a member named `__proto__` without a word. */
const Metadata = z
  .custom<Record<string, unknown>>(isJsonObject, 'must be a JSON object')
  .refine((metadata) => isShallow(metadata), `must not be nested deeper than ${MAX_METADATA_DEPTH} levels`)
  .default({})
  .meta({
    type: 'object',
    additionalProperties: {},
    description: 'Anything to be kept with the conversation; the model never sees it',
  })

/** Body of `POST /api/v1/conversations`. Unknown fields are ignored. */
export function conversationRequest(maxMessages: number) {
  return z
    .object({
      conversation_id: ConversationId,
      messages: listOf(Message, { min: 1, max: maxMessages }),
      metadata: Metadata,
    })
    .meta({
      examples: [
        {
          conversation_id: 'ticket-4711',
          messages: [
            { author_id: 'c-17', text: 'My order arrived broken.', timestamp: '2026-11-28T09:14:05Z', inbound: true },
            { author_id: 'a-3', text: 'Sorry! A new one is sent today.', timestamp: 1_795_857_312, inbound: false },
          ],
          metadata: { channel: 'email', product: 'espresso' },
        },
      ],
    })
}
export type ConversationRequest = z.output<ReturnType<typeof conversationRequest>>

export const ConversationAccepted = z
  .object({
    status: z.literal('accepted'),
    conversation_id: z.string().describe('The given id, or the one made for it.'),
    message: z.literal('Conversation queued for analysis'),
  })
  .meta({
    examples: [{ status: 'accepted', conversation_id: 'ticket-4711', message: 'Conversation queued for analysis' }],
  })

function isJsonObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isShallow(value: object): boolean {
  let level: object[] = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_METADATA_DEPTH) return false
    const next: object[] = []
    for (const node of level) {
      for (const child of Object.values(node)) if (typeof child === 'object' && child !== null) next.push(child)
    }
    level = next
  }
  return true
}
