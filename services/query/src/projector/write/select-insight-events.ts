import { InsightProduced } from '@insights/schemas/events/insight-produced'
import type { ClientBase } from 'pg'
import { epochMs } from '../../tables/epoch-ms.ts'

/** The insights of these conversations, as the events that they were. */
export async function selectInsightEvents(
  client: ClientBase,
  ids: readonly string[],
): Promise<Map<string, InsightProduced>> {
  if (ids.length === 0) return new Map()
  const { rows } = await client.query<{ event: unknown }>(SELECT, [ids])
  const events = rows.map(({ event }) => InsightProduced.parse(event))
  return new Map(events.map((event) => [event.conversation_id, event]))
}

const SELECT = `
  select jsonb_build_object(
           'insight_id', insight_id, 'conversation_id', conversation_id, 'sentiment_score', sentiment_score,
           'clusters', clusters, 'confidence', confidence, 'reasoning', reasoning, 'model', model,
           'prompt_version', prompt_version, 'created_at', ${epochMs('created_at')}, 'occurred_at', ${epochMs('occurred_at')},
           'call_id', call_id, 'attempts', attempts, 'truncated', truncated, 'raw', raw,
           'usage', jsonb_build_object(
             'prompt_tokens', prompt_tokens, 'cached_tokens', cached_tokens, 'completion_tokens', completion_tokens,
             'reasoning_tokens', reasoning_tokens, 'cost_usd_ticks', cost_usd_ticks),
           'origin', jsonb_build_object(
             'topic', origin_topic, 'partition', origin_partition, 'offset', origin_offset,
             'appended_at', ${epochMs('origin_appended_at')})) as event
    from insights where conversation_id = any($1::text[])`
