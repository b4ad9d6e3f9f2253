import { type DatabasePool, sql } from 'slonik'
import { z } from 'zod'

const Row = z.object({
  day: z.string(),
  model: z.string(),
  insights: z.int(),
  prompt_tokens: z.int(),
  cached_tokens: z.int(),
  completion_tokens: z.int(),
  reasoning_tokens: z.int(),
  cost_usd: z.string(),
})

/** The cost of a UTC day's insights, by the model that answered; `cost_usd` is exact, with all ten digits of a tick. */
export type UsageRead = z.infer<typeof Row>

/** The days from `first` to `last` (`YYYY-MM-DD`) that have insights, oldest first, by model within a day. */
export async function selectUsage(
  pool: DatabasePool,
  { first, last }: { first: string; last: string },
): Promise<readonly UsageRead[]> {
  // A tick is 1e-10 US dollars. Both factors are numeric, so the product is exact.
  return pool.any(sql.type(Row)`
    select to_char(day, 'YYYY-MM-DD') as day, model, insights::float8, prompt_tokens::float8, cached_tokens::float8,
           completion_tokens::float8, reasoning_tokens::float8, (cost_usd_ticks * 1e-10)::text as cost_usd
      from usage_by_day
     where day between ${first}::date and ${last}::date
     order by usage_by_day.day, model`)
}
