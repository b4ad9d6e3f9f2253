import { ALL } from './sum-insights.ts'

/** SQL: what `facet_totals` should hold. */
export const totalsOfRows = `
  select facet collate "C" as facet, count(*) as insights
    from insights, unnest(facets) as facet group by facet collate "C"
  union all
  select '${ALL}', count(*) from insights having count(*) > 0`

/** The columns of `usage_by_day` that are sums of a column of the same name in `insights`. */
export const usageSums = ['prompt_tokens', 'cached_tokens', 'completion_tokens', 'reasoning_tokens', 'cost_usd_ticks']

/** SQL: what `usage_by_day` should hold. An index entry has 2704 bytes at most, and nothing bounds a model's name. */
export const usageOfRows = `
  select (created_at at time zone 'UTC')::date as day, left(model, 200) collate "C" as model, count(*) as insights,
         ${usageSums.map((name) => `sum(${name}) as ${name}`).join(', ')}
    from insights group by 1, 2`
