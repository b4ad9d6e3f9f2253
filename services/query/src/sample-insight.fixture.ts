import { InsightProduced } from '@insights/schemas/events/insight-produced'
import { z } from 'zod'

/** A valid insight for the tests, changed as they need it. */
export function sampleInsight(changes: Partial<InsightProduced> = {}): InsightProduced {
  return {
    insight_id: '5e0a6f5c-7d3c-5b7e-9a35-0d6f2f4c7a11',
    conversation_id: 'conv_1',
    sentiment_score: -0.6,
    clusters: ['billing', 'refund'],
    confidence: 0.9,
    reasoning: 'The customer asks for money back and is upset.',
    model: 'simulator',
    prompt_version: '1.0.0-abcdef',
    created_at: Date.parse('2026-03-01T10:00:05.123Z'),
    occurred_at: null,
    origin: {
      topic: 'conversations.received',
      partition: 3,
      offset: 10,
      appended_at: Date.parse('2026-03-01T10:00:00.000Z'),
    },
    call_id: 'a3c9f0de-0000-4000-8000-000000000001',
    attempts: 1,
    truncated: false,
    usage: {
      prompt_tokens: 100,
      cached_tokens: 50,
      completion_tokens: 20,
      reasoning_tokens: 5,
      cost_usd_ticks: 12_345,
    },
    raw: null,
    ...changes,
  }
}

/** A valid insight with `text` in each of its texts where the contract lets that stand, found by walking the schema. */
export function withTextEverywhere(text: string): InsightProduced {
  const put = (schema: unknown, value: unknown): unknown => {
    if (schema instanceof z.ZodNullable) return put(schema.unwrap(), value)
    if (schema instanceof z.ZodArray) return [put(schema.element, undefined)]
    if (schema instanceof z.ZodObject) {
      const fields = value as Record<string, unknown>
      return Object.fromEntries(Object.entries(schema.shape).map(([name, field]) => [name, put(field, fields[name])]))
    }
    return (schema as z.ZodType).safeParse(text).success ? text : value
  }
  return InsightProduced.parse(put(InsightProduced, sampleInsight()))
}
