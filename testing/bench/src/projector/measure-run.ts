import { measureFamilyCpu, measureProcess } from '../measures/measure-processes.ts'
import { createRowWatch } from './await-rows.ts'
import type { Kind, Where } from './competitors.ts'
import type { Filled } from './fill-topic.ts'

/** One topic carried into a table. */
export interface Run {
  /** From its start to the first row. */
  startSeconds: number
  /** From the first row that is visible to the last. */
  seconds: number
  recordsPerSecond: number
  /** Core-seconds for a million records, in that time; null where the process cannot be seen. */
  cpu: number | null
  postgresCpu: number | null
  peakRssBytes: number | null
}

/**
 * Starts a competitor, and stops it when all is in the table. The rows of the first commit are counted, the time that
 * they took is not: 12,000 at most.
 */
export async function measureRun(
  kind: Kind,
  where: Where,
  { filled, count, postgresPid }: { filled: Filled; count: number; postgresPid: number | null },
): Promise<Run> {
  const { client, world } = where
  // What was written before is not written out in the time that is measured.
  await client.query('checkpoint')
  const startedAt = performance.now()
  const running = await kind.start(where)
  let run: Run
  try {
    const watch = createRowWatch({ client, table: kind.table, filled }, running, world.signal)
    const look = () => ({
      at: performance.now(),
      own: measureProcess(running.pid),
      postgres: postgresPid === null ? null : measureFamilyCpu(postgresPid),
    })
    await watch.first()
    const first = look()
    await watch.last()
    const last = look()
    const seconds = (last.at - first.at) / 1000
    const forMillion = (before: number | null, after: number | null) =>
      before === null || after === null ? null : ((after - before) / count) * 1_000_000
    run = {
      startSeconds: (first.at - startedAt) / 1000,
      seconds,
      recordsPerSecond: count / seconds,
      cpu: forMillion(first.own?.cpuSeconds ?? null, last.own?.cpuSeconds ?? null),
      postgresCpu: forMillion(first.postgres, last.postgres),
      peakRssBytes: last.own?.peakRssBytes ?? null,
    }
  } finally {
    await running.stop()
  }
  const { rows } = await client.query<{ rows: string }>(`select count(*) as rows from ${kind.table}`)
  if (Number(rows[0]?.rows) !== count) throw new Error(`${kind.title}: ${rows[0]?.rows} of ${count} rows were written`)
  return run
}
