import type { InsightProduced, Usage } from '@insights/schemas/events/insight-produced'
import type { Origin } from '@insights/schemas/events/origin'
import { z } from 'zod'
import { toPostgres, type PostgresType, type PostgresValues } from './to-postgres.ts'

/** An insight and the place of its own record (times: epoch ms), which orders several answers to one submission. */
export interface InsightRow {
  insight: InsightProduced
  recordOffset: number
  recordAppendedAt: number
}

/**
 * The columns of the table `insights`: type, value, and what the API says about it (null: it does not give it). The
 * projector's statement, the API's query and its answer are made from this list. The compiler finds a field of the
 * event that is missing here, a test finds a column that no migration has made.
 */
export const insightColumns = {
  conversation_id: column('text', ({ insight }) => insight.conversation_id, z.string()),
  insight_id: column('uuid', ({ insight }) => insight.insight_id, null),
  sentiment_score: column(
    'float8',
    ({ insight }) => insight.sentiment_score,
    z.number().describe('From -1, most negative, to 1, most positive.'),
  ),
  clusters: column('text[]', ({ insight }) => insight.clusters, z.array(z.string()).describe('Topics, at most 10.')),
  confidence: column('float8', ({ insight }) => insight.confidence, z.number().describe('From 0 to 1.')),
  reasoning: column(
    'text',
    ({ insight }) => insight.reasoning,
    z.string().describe("The model's reason, in a sentence or two. Untrusted text."),
  ),
  model: column('text', ({ insight }) => insight.model, z.string().describe('The model that answered.')),
  prompt_version: column('text', ({ insight }) => insight.prompt_version, null),
  created_at: column('timestamptz', ({ insight }) => insight.created_at, z.iso.datetime()),
  call_id: column('text', ({ insight }) => insight.call_id, null),
  attempts: column('int4', ({ insight }) => insight.attempts, null),
  truncated: column(
    'bool',
    ({ insight }) => insight.truncated,
    z.boolean().describe('Whether parts of the conversation were left out because it is too long for a call.'),
  ),
  prompt_tokens: column('int8', ({ insight }) => insight.usage.prompt_tokens, null),
  cached_tokens: column('int8', ({ insight }) => insight.usage.cached_tokens, null),
  completion_tokens: column('int8', ({ insight }) => insight.usage.completion_tokens, null),
  reasoning_tokens: column('int8', ({ insight }) => insight.usage.reasoning_tokens, null),
  cost_usd_ticks: column('int8', ({ insight }) => insight.usage.cost_usd_ticks, null),
  raw: column('text', ({ insight }) => insight.raw, null),
  origin_topic: column('text', ({ insight }) => insight.origin.topic, null),
  origin_partition: column('int4', ({ insight }) => insight.origin.partition, null),
  origin_offset: column('int8', ({ insight }) => insight.origin.offset, null),
  origin_appended_at: column('timestamptz', ({ insight }) => insight.origin.appended_at, null),
  record_offset: column('int8', ({ recordOffset }) => recordOffset, null),
  record_appended_at: column('timestamptz', ({ recordAppendedAt }) => recordAppendedAt, null),
} satisfies Record<Field | 'record_offset' | 'record_appended_at', unknown>

/** Every field of an insight, by the name of its column. */
type Field = Exclude<keyof InsightProduced, 'occurred_at' | 'origin' | 'usage'> | `origin_${keyof Origin}` | keyof Usage

type Columns = typeof insightColumns
type Served = { [K in keyof Columns as Columns[K]['api'] extends null ? never : K]: Columns[K]['api'] }

/** What the API gives of an insight, in the order of the columns. */
export const servedColumns = Object.fromEntries(
  Object.entries(insightColumns).flatMap(([name, { api }]) => (api === null ? [] : [[name, api]])),
) as Served

function column<T extends PostgresType, A extends z.ZodType | null>(
  type: T,
  value: (row: InsightRow) => PostgresValues[T],
  api: A,
) {
  const write = toPostgres[type]
  /** What of a row a statement is given for this column. */
  const parameter = (row: InsightRow): unknown => write(value(row))
  return { type, parameter, api }
}
