import type { Usage } from '@insights/schemas/events/insight-produced'
import { sql } from 'slonik'
import { z } from 'zod'
import type { Reader } from '../reading/open-database.ts'

/** The cost of a UTC day's insights, by the model that answered: what is read and what the API gives. */
export const UsageRead = z.object({
  day: z.iso.date().describe('A whole day, UTC.'),
  model: z.string().describe('The model that answered.'),
  insights: z.int().describe('How many insights of that day it gave.'),
  prompt_tokens: z.int().describe('Tokens read, cached ones included.'),
  cached_tokens: z.int().describe("Tokens read from the provider's prefix cache."),
  completion_tokens: z.int().describe('Tokens written, without those the model thought in.'),
  reasoning_tokens: z.int().describe('Tokens the model thought in.'),
  cost_usd: z.string().describe('US dollars, exact: a decimal number with ten digits after the point.'),
} satisfies Record<'day' | 'model' | 'insights' | 'cost_usd' | Exclude<keyof Usage, 'cost_usd_ticks'>, z.ZodType>)
export type UsageRead = z.infer<typeof UsageRead>

/** The days from `first` to `last` (`YYYY-MM-DD`) that have insights, oldest first, by model within a day. */
export async function selectUsage(
  reader: Reader,
  { first, last }: { first: string; last: string },
): Promise<readonly UsageRead[]> {
  // A tick is 1e-10 US dollars. Both factors are numeric, so the product is exact.
  return reader.any(sql.type(UsageRead)`
    select to_char(day, 'YYYY-MM-DD') as day, model, insights::float8, prompt_tokens::float8, cached_tokens::float8,
           completion_tokens::float8, reasoning_tokens::float8, (cost_usd_ticks * 1e-10)::text as cost_usd
      from usage_by_day
     where day between ${first}::date and ${last}::date
     order by usage_by_day.day, model`)
}
