import type { ElementType } from '@insights/query/array-parameter'
import type { InsightProduced } from '@insights/schemas/events/insight-produced'

/**
 * The table that both sinks write: what the Debezium JDBC sink makes of the topic by itself (records in records
 * flattened, lists left out), with its types and nothing but a primary key.
 */
export const PLAIN_TABLE = 'plain_insights'

interface Column {
  name: string
  type: ElementType
  nullable?: boolean
  value: (insight: InsightProduced) => string | number | boolean | null
}

export const plainColumns: readonly Column[] = [
  { name: 'conversation_id', type: 'text', value: (insight) => insight.conversation_id },
  { name: 'insight_id', type: 'text', value: (insight) => insight.insight_id },
  { name: 'sentiment_score', type: 'float8', value: (insight) => insight.sentiment_score },
  { name: 'confidence', type: 'float8', value: (insight) => insight.confidence },
  { name: 'reasoning', type: 'text', value: (insight) => insight.reasoning },
  { name: 'model', type: 'text', value: (insight) => insight.model },
  { name: 'prompt_version', type: 'text', value: (insight) => insight.prompt_version },
  { name: 'created_at', type: 'timestamp', value: (insight) => insight.created_at },
  { name: 'origin_topic', type: 'text', value: (insight) => insight.origin.topic },
  { name: 'origin_partition', type: 'int4', value: (insight) => insight.origin.partition },
  { name: 'origin_offset', type: 'int8', value: (insight) => insight.origin.offset },
  { name: 'origin_appended_at', type: 'timestamp', value: (insight) => insight.origin.appended_at },
  { name: 'call_id', type: 'text', value: (insight) => insight.call_id },
  { name: 'attempts', type: 'int4', value: (insight) => insight.attempts },
  { name: 'truncated', type: 'bool', value: (insight) => insight.truncated },
  { name: 'usage_prompt_tokens', type: 'int4', value: (insight) => insight.usage.prompt_tokens },
  { name: 'usage_cached_tokens', type: 'int4', value: (insight) => insight.usage.cached_tokens },
  { name: 'usage_completion_tokens', type: 'int4', value: (insight) => insight.usage.completion_tokens },
  { name: 'usage_reasoning_tokens', type: 'int4', value: (insight) => insight.usage.reasoning_tokens },
  { name: 'usage_cost_usd_ticks', type: 'int8', value: (insight) => insight.usage.cost_usd_ticks },
  { name: 'raw', type: 'text', nullable: true, value: (insight) => insight.raw },
  { name: 'occurred_at', type: 'timestamp', nullable: true, value: (insight) => insight.occurred_at },
]

const definitions = plainColumns.map(({ name, type, nullable }) => `${name} ${type}${nullable ? '' : ' not null'}`)

export const createPlainTable = `create table ${PLAIN_TABLE} (${definitions.join(', ')}, primary key (conversation_id))`
