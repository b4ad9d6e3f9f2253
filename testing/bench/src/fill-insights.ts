import type { ClientBase } from 'pg'

const ROWS_PER_STATEMENT = 100_000
/** What the made insights are about: 30 frequent clusters and a long tail of rare ones. */
export const FREQUENT_CLUSTERS = 30
export const RARE_CLUSTERS = 5_000
export const CHANNELS = 5
export const PRODUCTS = 40
/** The year of `created_at`; `occurred_at` is up to four weeks before it. */
export const YEAR = { start: Date.parse('2026-01-01T00:00:00Z'), end: Date.parse('2027-01-01T00:00:00Z') }

/**
 * Makes the insights from number `from` to `to` (exclusive) of `of`, spread over the year, in the order of created_at.
 * They are the same whenever they are made.
 */
export async function fillInsights(
  client: ClientBase,
  { from, to, of, onRows }: { from: number; to: number; of: number; onRows: (rows: number) => void },
): Promise<void> {
  await client.query("set insights.projector = '3'")
  for (let first = from; first < to; first += ROWS_PER_STATEMENT) {
    const last = Math.min(first + ROWS_PER_STATEMENT, to) - 1
    await client.query(`select setseed(${first / of})`)
    await client.query(insert(first, last, of))
    onRows(last - first + 1)
  }
}

const insert = (first: number, last: number, of: number) => `
  insert into insights (
    conversation_id, insight_id, sentiment_score, clusters, confidence, reasoning, model, prompt_version, created_at,
    call_id, attempts, truncated, prompt_tokens, cached_tokens, completion_tokens, reasoning_tokens, cost_usd_ticks,
    origin_topic, origin_partition, origin_offset, origin_appended_at, record_partition, record_offset,
    record_appended_at, occurred_at, facets)
  select 'conv-' || lpad(n::text, 9, '0'), gen_random_uuid(), score, clusters, confidence,
         'The customer asks for the second time why the invoice is higher than the offer; the agent explains and is thanked.',
         model, '1.0.0-abcdef', created_at, 'call-' || n / 10, 1, false, 900, 500, 90, 0, 1234567,
         'conversations.received', n % 12, n, created_at, n % 12, n, created_at,
         created_at - ago ^ 4 * interval '28 days',
         array['model=' || model] || array(select 'cluster=' || name from unnest(clusters) as name)
           || array['source=' || source, 'metadata.channel=channel_' || channel, 'metadata.product=product_' || product]
    from (
      select n, 2 * score - 1 as score, ago,
             case when n % 2 = 0 then round(confidence::numeric, 2)::float8 else confidence end as confidence,
             array['cluster_' || one] || case when two < 0.4 then array['cluster_' || (one + 1 + floor(two * 70)::int) % ${FREQUENT_CLUSTERS}] else '{}' end
               || case when rare < 0.1 then array['rare_' || floor(${RARE_CLUSTERS} * (rare * 10) ^ 2)::int] else '{}' end as clusters,
             case when n % 10 = 0 then 'grok-4.20' else 'grok-4.1-fast' end as model,
             case when n % 3 = 0 then 'http' else 'crm' end as source, channel, product,
             to_timestamp(${YEAR.start / 1000} + (n + jitter * 2000) / ${of + 2000}.0 * ${(YEAR.end - YEAR.start) / 1000}) as created_at
        from (
          select n, random() as score, random() as ago, sqrt(random()) as confidence,
                 floor(${FREQUENT_CLUSTERS} * random() ^ 2)::int as one, random() as two, random() as rare,
                 floor(${CHANNELS} * random() ^ 2)::int as channel, floor(${PRODUCTS} * random() ^ 2)::int as product,
                 random() as jitter
            from generate_series(${first}, ${last}) as n
          offset 0
        ) as chances
    ) as made`
