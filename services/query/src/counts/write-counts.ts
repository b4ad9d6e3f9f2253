import type { ClientBase } from 'pg'
import { toTimestamp } from '../to-postgres.ts'
import { totalsOfRows, usageOfRows, usageSums } from './count-rows.ts'
import { type Period, recountRollups } from './recount-rollups.ts'
import { ALL, type InsightTime, ROLLUPS_FROM, TIMES, toCounts } from './sum-insights.ts'
import { type Progress, tellProgress } from './tell-progress.ts'

/** A row of rollups is 1.5 KB as it travels. */
const ROWS_PER_STATEMENT = 500

const insertRollups = `
  insert into rollups (facet, time, level, start, counts, sentiment_micros, confidence_micros)
  select facet, time, level, start, counts::integer[], sentiment_micros::bigint[], confidence_micros::bigint[]
    from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::text[], $7::text[])
      as row (facet, time, level, start, counts, sentiment_micros, confidence_micros)`

/**
 * Counts everything once more: replaces what facet_totals, rollups and usage_by_day hold by what the rows of `insights`
 * say, and notes that it is there (`projection.counted`). It runs in the transaction that `client` is in, where the
 * caller keeps all others from writing; readers go on, and see nothing of it before the commit. It takes minutes at
 * ten million rows, so that no limit of time is left on the transaction, nor may the client have one of its own.
 */
export async function writeCounts(
  client: ClientBase,
  {
    rollupsFrom = ROLLUPS_FROM,
    now,
    onProgress = () => undefined,
  }: { rollupsFrom?: number; now: () => number; onProgress?: (progress: Progress) => void },
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
  const onRows = tellProgress(TIMES.length * total, now, onProgress)
  for (const time of TIMES) await writeRollups(client, time, recountRollups(client, { time, facets, onRows }))
  await client.query('update projection set counted = true')
}

async function writeRollups(client: ClientBase, time: InsightTime, periods: AsyncIterable<Period>): Promise<void> {
  let rows: unknown[][] = []
  const write = async () => {
    const columns = [0, 1, 2, 3, 4, 5, 6].map((column) => rows.map((row) => row[column]))
    rows = []
    await client.query(insertRollups, columns)
  }
  for await (const { level, start, sums } of periods)
    for (const [facet, { sentimentMicros, confidenceMicros, ...of }] of sums) {
      const counts = toCounts({ ...of, sentimentMicros, confidenceMicros })
      rows.push([facet, time, level, toTimestamp(start), ...[counts, sentimentMicros, confidenceMicros].map(toArray)])
      if (rows.length === ROWS_PER_STATEMENT) await write()
    }
  await write()
}

/** As an array travels inside an array. */
const toArray = (numbers: ArrayLike<number> & Iterable<number>): string => `{${[...numbers].join(',')}}`
