import type { ClientBase } from 'pg'
import { column, type Columns } from '../tables/column.ts'
import { toCounts } from './sum-insights.ts'
import { toTimestamp } from '../tables/to-postgres.ts'
import type { Rollup } from './add-rollups.ts'
import { createUpsert } from '../tables/upsert-rows.ts'

const rollupKey = ['facet', 'time', 'level', 'start'] as const
const rollupColumns = {
  facet: column('text', ({ facet }) => facet),
  time: column('text', ({ time }) => time),
  level: column('text', ({ level }) => level),
  start: column('timestamptz', ({ start }) => start),
  counts: column('int4[]', ({ sums }) => toCounts(sums)),
  sentiment_micros: column('int8[]', ({ sums }) => sums.sentimentMicros),
  confidence_micros: column('int8[]', ({ sums }) => sums.confidenceMicros),
} satisfies Columns<Rollup>

const addition = (name: string): string => `known.${name} + excluded.${name}`
const arrayAddition = (name: string): string => `add_arrays(known.${name}, excluded.${name})`

/** Adds to the sums that are there. */
export const addRollups = createUpsert<Rollup>({
  table: 'rollups',
  key: rollupKey,
  columns: rollupColumns,
  set: Object.fromEntries(
    (['counts', 'sentiment_micros', 'confidence_micros'] as const).map((name) => [name, arrayAddition(name)]),
  ),
})

/** Rows that count nothing are none: tables that were made otherwise do not have them. */
export async function deleteEmptyRollups(client: ClientBase, rollups: readonly Rollup[]): Promise<void> {
  await client.query(
    `delete from rollups using unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[]) as row (facet, time, level, start)
      where rollups.facet = row.facet and rollups.time = row.time and rollups.level = row.level and rollups.start = row.start
        and counts[1] = 0 and counts[102] = 0 and counts[203] = 0`,
    [
      rollups.map(({ facet }) => facet),
      rollups.map(({ time }) => time),
      rollups.map(({ level }) => level),
      rollups.map(({ start }) => toTimestamp(start)),
    ],
  )
}

/** What a day's insights of a model used. Costs are ticks of 1e-10 US dollars. */
export interface DayUsage {
  day: string
  model: string
  insights: number
  prompt_tokens: number
  cached_tokens: number
  completion_tokens: number
  reasoning_tokens: number
  cost_usd_ticks: bigint
}

const summed = ['insights', 'prompt_tokens', 'cached_tokens', 'completion_tokens', 'reasoning_tokens'] as const
const usageColumns: Columns<DayUsage> = {
  day: column('date', ({ day }) => day),
  model: column('text', ({ model }) => model),
  ...Object.fromEntries(summed.map((name) => [name, column('int8', (row: DayUsage) => row[name])])),
  cost_usd_ticks: column('numeric', ({ cost_usd_ticks }) => cost_usd_ticks),
}

export const addUsage = createUpsert<DayUsage>({
  table: 'usage_by_day',
  key: ['day', 'model'],
  columns: usageColumns,
  set: Object.fromEntries([...summed, 'cost_usd_ticks'].map((name) => [name, addition(name)])),
})

/** Adds to the totals and returns what they are now, by facet. */
export async function addTotals(
  client: ClientBase,
  changes: ReadonlyMap<string, number>,
): Promise<Map<string, number>> {
  const facets = [...changes.keys()].toSorted()
  const { rows } = await client.query<{ facet: string; insights: number }>(
    `insert into facet_totals as known (facet, insights)
     select * from unnest($1::text[], $2::int8[])
     on conflict (facet) do update set insights = known.insights + excluded.insights
     returning facet, insights::float8 as insights`,
    [facets, facets.map((facet) => changes.get(facet))],
  )
  return new Map(rows.map(({ facet, insights }) => [facet, insights]))
}
