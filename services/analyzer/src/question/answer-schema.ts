import * as z from 'zod'

/** Longest reasoning and label, most labels: what the provider is told, and what is kept. */
export const REASONING_MAX = 600
export const CLUSTER_MAX = 48
export const CLUSTERS_MAX = 10

/**
 * One item of an answer. The judge parses with it and the provider gets it as JSON Schema, so that what is asked for
 * and what is accepted cannot drift apart. `reasoning` stands before the numbers: a model that does not think first,
 * thinks there.
 */
export const ItemAnswer = z.strictObject({
  conversation_id: z.string(),
  reasoning: z.string().min(1).max(REASONING_MAX),
  sentiment_score: z.number().min(-1).max(1),
  confidence: z.number().min(0).max(1),
  clusters: z.array(z.string().min(1).max(CLUSTER_MAX)).max(CLUSTERS_MAX),
})
export type ItemAnswer = z.infer<typeof ItemAnswer>

/**
 * The whole answer to a call with these aliases, exactly one result for each, as a JSON Schema for `response_format`.
 */
export function answerJsonSchema(aliases: readonly string[]): Record<string, unknown> {
  const { results } = ANSWER.properties
  const { conversation_id, ...others } = results.items.properties
  return {
    ...ANSWER,
    properties: {
      results: {
        ...results,
        minItems: aliases.length,
        maxItems: aliases.length,
        items: { ...results.items, properties: { conversation_id: { ...conversation_id, enum: aliases }, ...others } },
      },
    },
  }
}

/** Made once, because making it takes a millisecond; what differs from call to call is put in. */
const ANSWER = makeAnswerSchema()

interface AnswerSchema extends Record<string, unknown> {
  properties: {
    results: Record<string, unknown> & {
      items: Record<string, unknown> & { properties: { conversation_id: Record<string, unknown> } }
    }
  }
}

function makeAnswerSchema(): AnswerSchema {
  const item = ItemAnswer.extend({ conversation_id: z.enum(['alias']) })
  const answer = z.strictObject({ results: z.array(item).min(1).max(1) })
  const { $schema: _draft, ...schema } = z.toJSONSchema(answer, { target: 'draft-7' })
  return schema as unknown as AnswerSchema
}
