import type { Part } from '@insights/runtime/lifecycle'
import type { Logger } from '@insights/runtime/logger'
import type { Metrics } from '@insights/runtime/metrics'
import { pause } from '@insights/runtime/pause'
import type { Pool } from 'pg'
import { Counter } from 'prom-client'
import { postgresAway } from '../postgres-away.ts'
import { deleteOld, type DeleteOptions } from './delete-old.ts'

/** A transaction of so many takes some hundredths of a second; writers go on in the pause behind it. */
const MOST = 200
const PAUSE_MS = 100
const LOOK_EVERY_MS = 10 * 60_000

/** RETENTION_DAYS: deletes what has become too old, now and then, until it is stopped. */
export function createRetention({
  pool,
  metrics: { registry },
  log,
  crash,
  oldest,
  lookEveryMs = LOOK_EVERY_MS,
  ...options
}: Omit<DeleteOptions, 'oldest' | 'most'> & {
  pool: Pool
  metrics: Metrics
  log: Logger
  crash: (error: unknown) => void
  /** What was submitted before goes (epoch ms), as of now. */
  oldest: () => number
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
