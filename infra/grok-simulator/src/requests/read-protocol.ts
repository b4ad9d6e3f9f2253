import { z } from 'zod'
import type { ChatRequest } from './read-request.ts'
import { refusals, type Refusal } from '../faults/refusals.ts'

/** One conversation of the call, under the alias the caller made for it. */
export interface Item {
  id: string
  messages: { role: 'customer' | 'agent' | 'unknown'; text: string }[]
}

/** The turns of a call. */
export interface Conversations {
  kind: 'read'
  system: string
  items: Item[]
}

/** What the caller asks: the items, and for each result the fields in the order the schema lists them. */
export interface Question extends Conversations {
  fields: ResultField[]
}

/** What the schema must say of each field of a result; in this order they are written where there is no schema. */
const resultSchemas = {
  conversation_id: z.object({ enum: z.array(z.string()).min(1) }),
  reasoning: z.object({ type: z.literal('string') }),
  sentiment_score: z.object({ type: z.literal('number') }),
  confidence: z.object({ type: z.literal('number') }),
  clusters: z.object({ type: z.literal('array') }),
}
export type ResultField = keyof typeof resultSchemas

// Strict on purpose: an author id or metadata that slips into the prompt must fail here and not reach a provider.
const UserTurn = z.strictObject({
  items: z
    .array(
      z.strictObject({
        id: z.string().min(1),
        messages: z
          .array(z.strictObject({ role: z.enum(['customer', 'agent', 'unknown']), text: z.string().min(1) }))
          .min(1),
      }),
    )
    .min(1),
})

const AnswerSchema = z.object({
  properties: z.strictObject({
    results: z.object({
      type: z.literal('array'),
      minItems: z.int(),
      maxItems: z.int(),
      items: z.object({
        properties: z.strictObject(resultSchemas),
      }),
    }),
  }),
})

/** Bidi controls, zero-width space and no-break, and tag characters: they hide text from people, not from a model. */
const hidden = /[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]|[\u{e0000}-\u{e007f}]/u

/**
 * Reads the question the way the protocol puts it: a static system turn, one user turn that is a single JSON document,
 * and a response format whose schema binds the answer to the aliases. Whatever deviates is refused with the reason, so
 * that a mistake in the client shows here and not as odd insights.
 */
export function readProtocol(request: ChatRequest, turns = readConversations(request)): Question | Refusal {
  if (turns.kind === 'refused') return turns
  const format = request.response_format
  if (format?.type === 'json_object') return { ...turns, fields: Object.keys(resultSchemas) as ResultField[] }
  if (format?.type !== 'json_schema') return broken('response_format must be json_schema or json_object')
  if (format.json_schema.strict !== true) return broken('json_schema must be strict')

  const fields = readFields(format.json_schema.schema, turns.items)
  if (typeof fields === 'string') return broken(fields)
  return { ...turns, fields }
}

/** Reads the turns alone: what was sent is of interest also when the call as a whole is refused. */
export function readConversations(request: ChatRequest): Conversations | Refusal {
  const [system, user, ...more] = request.messages
  if (system?.role !== 'system' || system.content.trim() === '') return broken('messages[0] must be the system turn')
  if (user?.role !== 'user' || more.length > 0) return broken('messages[1] must be the user turn, and the last')

  const items = readUserTurn(user.content)
  return typeof items === 'string' ? broken(items) : { kind: 'read', system: system.content, items }
}

function readUserTurn(content: string): Item[] | string {
  let json: unknown
  try {
    json = JSON.parse(content)
  } catch {
    return 'the user turn is not one JSON document'
  }
  const parsed = UserTurn.safeParse(json)
  if (!parsed.success) return `the user turn has the wrong shape: ${z.prettifyError(parsed.error)}`
  const items = parsed.data.items
  if (new Set(items.map((item) => item.id)).size < items.length) return 'two items have the same id'
  const masked = items.find((item) => item.messages.some((message) => hidden.test(message.text)))
  if (masked) return `a text of item ${masked.id} holds zero-width, bidi or tag characters`
  return items
}

function readFields(schema: unknown, items: Item[]): ResultField[] | string {
  const parsed = AnswerSchema.safeParse(schema)
  if (!parsed.success) return `the answer schema has the wrong shape: ${z.prettifyError(parsed.error)}`
  const { minItems, maxItems, items: result } = parsed.data.properties.results
  if (minItems !== items.length || maxItems !== items.length) {
    return `minItems ${minItems} and maxItems ${maxItems} must be the number of items, ${items.length}`
  }
  const aliases = new Set(result.properties.conversation_id.enum)
  const strangers = items.filter((item) => !aliases.has(item.id))
  if (strangers.length > 0 || aliases.size !== items.length) {
    return `the enum of conversation_id (${[...aliases].join(', ')}) must be the ids of the items`
  }
  // zod gives the keys in the order of its own definition; the order that counts is the caller's.
  const sent = schema as { properties: { results: { items: { properties: Record<ResultField, unknown> } } } }
  return Object.keys(sent.properties.results.items.properties) as ResultField[]
}

function broken(why: string): Refusal {
  return refusals.brokenProtocol(why)
}
