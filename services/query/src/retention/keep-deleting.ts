import type { Part } from '@insights/runtime/lifecycle'
import type { Logger } from '@insights/runtime/logger'
import type { Metrics } from '@insights/runtime/metrics'
import { pause } from '@insights/runtime/pause'
import type { Pool } from 'pg'
import { Counter } from 'prom-client'
import { epochMs } from '../tables/epoch-ms.ts'
import { postgresAway } from '../database/postgres-away.ts'
import { deleteOld, type DeleteOptions } from './delete-old.ts'

/** A transaction of so many takes some hundredths of a second; writers go on in the pause behind it. */
const MOST = 200
const PAUSE_MS = 100
const LOOK_EVERY_MS = 10 * 60_000

/** By a clock that is a year ahead everything would be too old, and what is deleted is deleted in the topic, too. */
const MOST_HOURS_APART = 1

/** RETENTION_DAYS: deletes what has become too old, now and then, until it is stopped. */
export function createRetention({
  pool,
  metrics: { registry },
  log,
  crash,
  oldest,
  now,
  lookEveryMs = LOOK_EVERY_MS,
  ...options
}: Omit<DeleteOptions, 'oldest' | 'most'> & {
  pool: Pool
  metrics: Metrics
  log: Logger
  crash: (error: unknown) => void
  /** What was submitted before goes (epoch ms), as of now. */
  oldest: () => number
  /** Epoch ms, by the clock that `oldest` goes by. */
  now: () => number
  lookEveryMs?: number
}): Part {
  const stopped = new AbortController()
  const rows = new Counter({
    name: 'insights_retention_deleted_total',
    help: 'Rows deleted because they are older than RETENTION_DAYS.',
    labelNames: ['table'],
    registers: [registry],
  })
  let running: Promise<void> | undefined

  async function deleteAll(): Promise<void> {
    const hours = await hoursApart(pool, now())
    if (hours > MOST_HOURS_APART) {
      const advice = 'RETENTION_DAYS deletes nothing: the clocks of this machine and of Postgres differ, set them right'
      log.error({ hours: Math.round(hours) }, advice)
      return
    }
    while (!stopped.signal.aborted) {
      const deleted = await deleteOld(pool, { ...options, oldest: oldest(), most: MOST })
      if (deleted.kind === 'away') log.info({ reason: deleted.reason }, 'old rows are deleted later')
      if (deleted.kind !== 'deleted') return
      for (const [table, count] of Object.entries(deleted.rows)) rows.inc({ table }, count)
      await pause(PAUSE_MS, stopped.signal)
    }
  }

  async function run(): Promise<void> {
    while (!stopped.signal.aborted) {
      try {
        await deleteAll()
      } catch (error) {
        const reason = postgresAway(error)
        if (reason === null) return crash(error)
        log.info({ reason: `Postgres: ${reason}` }, 'old rows are deleted later')
      }
      await pause(lookEveryMs, stopped.signal)
    }
  }

  return {
    name: 'retention',
    start: () => void (running = run()),
    stop: async () => {
      stopped.abort()
      await running
    },
  }
}

async function hoursApart(pool: Pool, now: number): Promise<number> {
  const { rows } = await pool.query<{ at: number }>(`select ${epochMs('clock_timestamp()')} as at`)
  return Math.abs((rows[0]?.at ?? now) - now) / 3_600_000
}
