import type { InsightProduced, Usage } from '@insights/schemas/events/insight-produced'
import type { Origin } from '@insights/schemas/events/origin'
import { z } from 'zod'
import { column } from './column.ts'
import type { PostgresType, PostgresValues } from './to-postgres.ts'

/**
 * An insight, the place of its own record (epoch ms), which orders several answers to one submission, and what it is
 * counted and found by.
 */
export interface InsightRow {
  event: InsightProduced
  place: { partition: number; offset: number; appendedAt: number }
  facets: readonly string[]
}

/** When people talked: the latest time among the messages, else when the conversation was received. */
export const occurredAtOfInsight = ({ occurred_at, origin }: InsightProduced): number =>
  occurred_at ?? origin.appended_at

/**
 * The columns of the table `insights`: type, value, and what the API says about it (null: it does not give it). The
 * projector's statement, the API's query and its answer are made from this list. The compiler finds a field of the
 * event that is missing here, a test finds a column that no migration has made.
 */
export const insightColumns = {
  conversation_id: served('text', ({ event }) => event.conversation_id, z.string()),
  insight_id: kept('uuid', ({ event }) => event.insight_id),
  sentiment_score: served(
    'float8',
    ({ event }) => event.sentiment_score,
    z.number().describe('From -1, most negative, to 1, most positive.'),
  ),
  clusters: served('text[]', ({ event }) => event.clusters, z.array(z.string()).describe('Topics, at most 10.')),
  confidence: served('float8', ({ event }) => event.confidence, z.number().describe('From 0 to 1.')),
  reasoning: served(
    'text',
    ({ event }) => event.reasoning,
    z.string().describe("The model's reason, in a sentence or two. Untrusted text."),
  ),
  model: served('text', ({ event }) => event.model, z.string().describe('The model that answered.')),
  prompt_version: kept('text', ({ event }) => event.prompt_version),
  created_at: served(
    'timestamptz',
    ({ event }) => event.created_at,
    z.iso.datetime().describe('When it was analysed.'),
  ),
  occurred_at: served(
    'timestamptz',
    ({ event }) => occurredAtOfInsight(event),
    z.iso.datetime().describe('When people talked: the latest time among the messages, else when it was received.'),
  ),
  call_id: kept('text', ({ event }) => event.call_id),
  attempts: kept('int4', ({ event }) => event.attempts),
  truncated: served(
    'bool',
    ({ event }) => event.truncated,
    z.boolean().describe('Whether parts of the conversation were left out because it is too long for a call.'),
  ),
  prompt_tokens: kept('int8', ({ event }) => event.usage.prompt_tokens),
  cached_tokens: kept('int8', ({ event }) => event.usage.cached_tokens),
  completion_tokens: kept('int8', ({ event }) => event.usage.completion_tokens),
  reasoning_tokens: kept('int8', ({ event }) => event.usage.reasoning_tokens),
  cost_usd_ticks: kept('int8', ({ event }) => event.usage.cost_usd_ticks),
  raw: kept('text', ({ event }) => event.raw),
  origin_topic: kept('text', ({ event }) => event.origin.topic),
  origin_partition: kept('int4', ({ event }) => event.origin.partition),
  origin_offset: kept('int8', ({ event }) => event.origin.offset),
  origin_appended_at: kept('timestamptz', ({ event }) => event.origin.appended_at),
  facets: kept('text[]', ({ facets }) => facets),
  record_partition: kept('int4', ({ place }) => place.partition),
  record_offset: kept('int8', ({ place }) => place.offset),
  record_appended_at: kept('timestamptz', ({ place }) => place.appendedAt),
} satisfies Record<Field | 'facets' | `record_${'partition' | 'offset' | 'appended_at'}`, unknown>

/** Every field of an insight, by the name of its column. */
type Field = Exclude<keyof InsightProduced, 'origin' | 'usage'> | `origin_${keyof Origin}` | keyof Usage

type Columns = typeof insightColumns
type Served = { [K in keyof Columns as Columns[K]['api'] extends null ? never : K]: Columns[K]['api'] }

/** What the API gives of an insight, in the order of the columns. */
export const servedColumns = Object.fromEntries(
  Object.entries(insightColumns).flatMap(([name, { api }]) => (api === null ? [] : [[name, api]])),
) as Served

function kept<T extends PostgresType>(type: T, value: (row: InsightRow) => PostgresValues[T] | null) {
  return { ...column(type, value), api: null }
}

function served<T extends PostgresType, A extends z.ZodType>(
  type: T,
  value: (row: InsightRow) => PostgresValues[T],
  api: A,
) {
  return { ...column(type, value), api }
}
