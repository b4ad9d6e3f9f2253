import type { ClientBase } from 'pg'
import { toTimestamp } from '../tables/to-postgres.ts'
import { makeCounts } from './make-counts.ts'
import { TRUNCATED } from './sum-insights.ts'

/** What a test says of an insight; times are epoch ms. */
export interface StoredInsight {
  conversation_id: string
  sentiment_score: number
  confidence: number
  clusters: string[]
  model: string
  created_at: number
  /** Default: `created_at`. */
  occurred_at?: number
  /** Besides those of model and clusters. */
  facets?: string[]
  truncated?: boolean
  reasoning?: string
}

/**
 * Writes insights, or replaces them, with the conversations that they answer, and counts everything once more, in one
 * transaction.
 */
export async function storeInsights(
  client: ClientBase,
  insights: readonly StoredInsight[],
  { rollupsFrom }: { rollupsFrom?: number } = {},
): Promise<void> {
  const rows = JSON.stringify(insights.map(toRow))
  await client.query(`begin; select set_config('insights.projector', '3', true)`)
  await client.query(
    `delete from insights where conversation_id in (select row->>'conversation_id' from jsonb_array_elements($1) as row)`,
    [rows],
  )
  await client.query(insertInsights, [rows])
  await client.query(
    `insert into conversations (conversation_id, status, received_at, finished_at, occurred_at, attempts, facets,
                                origin_topic, origin_partition, origin_offset)
     select conversation_id, 'completed', origin_appended_at, created_at, occurred_at, attempts, '{}',
            origin_topic, origin_partition, origin_offset from insights
     on conflict do nothing`,
  )
  await makeCounts(client, { step: () => () => undefined, ...(rollupsFrom !== undefined && { rollupsFrom }) })
  await client.query('commit')
}

const insertInsights = `
  insert into insights (
    insight_id, prompt_version, call_id, attempts, prompt_tokens, cached_tokens, completion_tokens, reasoning_tokens,
    cost_usd_ticks, origin_topic, origin_partition, origin_offset, origin_appended_at, record_partition, record_offset,
    record_appended_at, conversation_id, sentiment_score, clusters, confidence, reasoning, model, created_at, truncated,
    occurred_at, facets)
  select gen_random_uuid(), '1', 'call', 1, 100, 50, 20, 5, 12345, 'conversations.received', 0, 1, '2020-01-01Z', 0, 1,
         '2020-01-01Z', row.*
    from jsonb_to_recordset($1) as row (
      conversation_id text, sentiment_score float8, clusters text[], confidence float8, reasoning text, model text,
      created_at timestamptz, truncated boolean, occurred_at timestamptz, facets text[])`

const toRow = ({ occurred_at, facets = [], ...insight }: StoredInsight) => ({
  truncated: false,
  reasoning: 'reasons',
  ...insight,
  created_at: toTimestamp(insight.created_at),
  occurred_at: toTimestamp(occurred_at ?? insight.created_at),
  facets: [
    `model=${insight.model}`,
    ...(insight.truncated ? [TRUNCATED] : []),
    ...insight.clusters.map((name) => `cluster=${name}`),
    ...facets,
  ],
})
