import type { Step } from '@insights/runtime/show-progress'
import type { ClientBase } from 'pg'
import type { Rollup } from './add-rollups.ts'
import { totalsOfRows, usageOfRows, usageSums } from './count-rows.ts'
import { addRollups } from './count-tables.ts'
import { type Period, recountRollups } from './recount-rollups.ts'
import { ALL, type InsightTime, ROLLUPS_FROM, TIMES } from './sum-insights.ts'

/** A row of rollups is 1.5 KB as it travels. */
const ROWS_PER_STATEMENT = 500

/**
 * Counts everything once more: replaces what facet_totals, rollups and usage_by_day hold by what the rows of `insights`
 * say, and notes that it is there (`projection.counted`). It runs in the transaction that `client` is in, where the
 * caller keeps all others from writing; readers go on, and see nothing of it before the commit. It takes minutes at
 * ten million rows, so that no limit of time is left on the transaction, nor may the client have one of its own.
 */
export async function makeCounts(
  client: ClientBase,
  { rollupsFrom = ROLLUPS_FROM, step }: { rollupsFrom?: number; step: Step },
): Promise<void> {
  await client.query(`set local statement_timeout = 0; set local work_mem = '64MB'`)
  // Deleted: a truncated table keeps its readers waiting until the commit.
  await client.query('delete from facet_totals; delete from rollups; delete from usage_by_day')
  await client.query(`insert into facet_totals (facet, insights) ${totalsOfRows}`)
  await client.query(
    `insert into usage_by_day (day, model, insights, ${usageSums.join(', ')}) select * from (${usageOfRows}) as sums`,
  )
  const { rows } = await client.query<{ facet: string; insights: number }>(
    'select facet, insights::float8 from facet_totals where insights >= $1 or facet = $2',
    [rollupsFrom, ALL],
  )
  const facets = new Set(rows.map(({ facet }) => facet))
  const total = rows.find(({ facet }) => facet === ALL)?.insights ?? 0
  const onRows = step('rows counted', TIMES.length * total)
  for (const time of TIMES) await writeRollups(client, time, recountRollups(client, { time, facets, onRows }))
  await client.query('update projection set counted = true')
}

async function writeRollups(client: ClientBase, time: InsightTime, periods: AsyncIterable<Period>): Promise<void> {
  let rollups: Rollup[] = []
  for await (const { level, start, sums } of periods)
    for (const [facet, ofFacet] of sums) {
      rollups.push({ facet, time, level, start, sums: ofFacet })
      if (rollups.length < ROWS_PER_STATEMENT) continue
      await addRollups(client, rollups)
      rollups = []
    }
  await addRollups(client, rollups)
}
