import { arrayParameter } from '@insights/query/array-parameter'
import { TRUNCATED } from '@insights/query/counts/sum-insights'
import type { ClientBase } from 'pg'
import { makeTexts } from './make-texts.ts'

/** Their texts travel with the statement: 8 MB. */
const ROWS_PER_STATEMENT = 20_000
/** What the made insights are about: 30 frequent clusters and a long tail of rare ones. */
export const FREQUENT_CLUSTERS = 30
export const RARE_CLUSTERS = 5_000
export const CHANNELS = 5
export const PRODUCTS = 40
/** One in a hundred conversations is too long for a call. */
const TRUNCATED_SHARE = 0.01
/** The year of `created_at`; `occurred_at` is up to four weeks before it. */
export const YEAR = { start: Date.parse('2026-01-01T00:00:00Z'), end: Date.parse('2027-01-01T00:00:00Z') }

/**
 * Makes the insights from number `from` to `to` (exclusive) of `of` and their conversations, spread over the year, in
 * the order of created_at. They are the same whenever they are made, but for their insight_id.
 */
export async function fillInsights(
  client: ClientBase,
  { from, to, of, onRows }: { from: number; to: number; of: number; onRows: (rows: number) => void },
): Promise<void> {
  await client.query("set insights.projector = '3'")
  for (let first = from; first < to; first += ROWS_PER_STATEMENT) {
    const last = Math.min(first + ROWS_PER_STATEMENT, to) - 1
    const texts = Array.from({ length: last - first + 1 }, (_, index) => makeTexts(first + index))
    await client.query(`select setseed(${first / of})`)
    await client.query(insert(of), [
      first,
      arrayParameter(
        'text',
        texts.map(({ reasoning }) => reasoning),
      ),
      arrayParameter(
        'text',
        texts.map(({ messages }) => JSON.stringify(messages.map(toMessage))),
      ),
    ])
    onRows(last - first + 1)
  }
}

/** The id of the conversation of number `n`. */
export const conversationId = (n: number): string => `conv-${String(n).padStart(9, '0')}`

const toMessage = (text: string, index: number) => ({
  author_id: index % 2 === 0 ? 'customer' : 'agent',
  text,
  timestamp: null,
  inbound: index % 2 === 0,
})

const insert = (of: number) => `
  with chances as materialized (
    select $1::bigint + place - 1 as n, reasoning, messages, random() as score, random() as ago,
           sqrt(random()) as confidence, floor(${FREQUENT_CLUSTERS} * random() ^ 2)::int as one, random() as two,
           random() as rare, floor(${CHANNELS} * random() ^ 2)::int as channel,
           floor(${PRODUCTS} * random() ^ 2)::int as product, random() as jitter,
           random() < ${TRUNCATED_SHARE} as truncated
      from unnest($2::text[], $3::text[]) with ordinality as texts (reasoning, messages, place)
  ), made as materialized (
    select 'conv-' || lpad(n::text, 9, '0') as conversation_id, n, reasoning, messages, channel, product, truncated,
           2 * score - 1 as score,
           case when n % 2 = 0 then round(confidence::numeric, 2)::float8 else confidence end as confidence,
           array['cluster_' || one] || case when two < 0.4 then array['cluster_' || (one + 1 + floor(two * 70)::int) % ${FREQUENT_CLUSTERS}] else '{}' end
             || case when rare < 0.1 then array['rare_' || floor(${RARE_CLUSTERS} * (rare * 10) ^ 2)::int] else '{}' end as clusters,
           case when n % 10 = 0 then 'grok-4.20' else 'grok-4.1-fast' end as model,
           case when n % 3 = 0 then 'http' else 'crm' end as source, created_at,
           created_at - ago ^ 4 * interval '28 days' as occurred_at,
           array['source=' || case when n % 3 = 0 then 'http' else 'crm' end, 'metadata.channel=channel_' || channel,
                 'metadata.product=product_' || product] as facets
      from (select *, to_timestamp(${YEAR.start / 1000} + (n + jitter * 2000) / ${of + 2000}.0
                                   * ${(YEAR.end - YEAR.start) / 1000}) as created_at from chances) as timed
  ), conversation as (
    insert into conversations (
      conversation_id, status, received_at, started_at, finished_at, occurred_at, attempts, source, lane, submission_id,
      metadata, messages, facets, origin_topic, origin_partition, origin_offset, record_partition, record_offset,
      record_appended_at)
    select conversation_id, 'completed', created_at, created_at, created_at, occurred_at, 1, source, 'live',
           gen_random_uuid(), jsonb_build_object('channel', 'channel_' || channel, 'product', 'product_' || product),
           messages::jsonb, facets, 'conversations.received', n % 12, n, n % 12, n, created_at
      from made
  )
  insert into insights (
    conversation_id, insight_id, sentiment_score, clusters, confidence, reasoning, model, prompt_version, created_at,
    call_id, attempts, truncated, prompt_tokens, cached_tokens, completion_tokens, reasoning_tokens, cost_usd_ticks,
    origin_topic, origin_partition, origin_offset, origin_appended_at, record_partition, record_offset,
    record_appended_at, occurred_at, facets)
  select conversation_id, gen_random_uuid(), score, clusters, confidence, reasoning, model, '1.0.0-abcdef', created_at,
         'call-' || n / 10, 1, truncated, 900, 500, 90, 0, 1234567, 'conversations.received', n % 12, n, created_at,
         n % 12, n, created_at, occurred_at,
         array['model=' || model] || case when truncated then array['${TRUNCATED}'] else '{}' end
           || array(select 'cluster=' || name from unnest(clusters) as name) || facets
    from made`
