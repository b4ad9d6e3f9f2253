import type { Logger } from '@insights/runtime/logger'
import { pause } from '@insights/runtime/pause'
import { createProgress } from '@insights/runtime/show-progress'
import type pg from 'pg'
import { makeCounts } from '../counts/make-counts.ts'
import { createClient } from '../database/create-client.ts'
import { postgresAway } from '../database/postgres-away.ts'
import { COUNTS, LOCKS } from '../database/locks.ts'

/**
 * Counts the insights of tables from a version that kept no counts, once, while the projector waits and readers go on.
 * `look` begins it, says how far it is, and is null when there are counts. It ends with `stop`, or by itself.
 */
export function createCountOnce({
  databaseUrl,
  shards,
  log,
  now,
}: {
  databaseUrl: string
  /** How many there are: while they are held, there is no other writer. */
  shards: number
  log: Logger
  /** Milliseconds, from any zero. */
  now: () => number
}): { look: () => Promise<string | null>; stop: () => Promise<void> } {
  let client: pg.Client | null = null
  let connecting: Promise<unknown> | null = null
  let counting: Promise<void> | null = null
  let progress = BEGUN
  let outcome: { reason: string | null } | { error: unknown } | null = null

  function begin(): Promise<void> {
    client = createClient(databaseUrl, { name: 'insights-projector' })
    return count(client).then(
      (reason) => void (outcome = { reason }),
      (error: unknown) => void (outcome = { error }),
    )
  }

  async function count(own: pg.Client): Promise<string | null> {
    try {
      await (connecting = own.connect())
      await own.query("begin; set local statement_timeout = 0; select set_config('insights.projector', '3', true)")
      const locks = `select pg_try_advisory_xact_lock(${LOCKS}, shard) as locked from unnest($1::int4[]) as shard`
      const wanted = [...Array.from({ length: shards }, (_, shard) => shard), COUNTS]
      const { rows } = await own.query<{ locked: boolean }>(locks, [wanted])
      if (rows.some(({ locked }) => !locked))
        return 'another projector writes: the insights are counted once it is done'
      const { rows: known } = await own.query<{ counted: boolean }>('select counted from projection')
      if (known[0]?.counted === true) return null
      log.info('the insights are counted once: until then nothing is projected')
      await makeCounts(own, { step: createProgress({ report: (line) => (progress = `${BEGUN}: ${line}`), now }) })
      await own.query('commit')
      log.info('the insights are counted')
      return null
    } catch (error) {
      const reason = postgresAway(error)
      if (reason === null) throw error
      return reason
    } finally {
      await own.end().catch(() => undefined) // rolls back what is not committed
    }
  }

  return {
    look: async () => {
      counting ??= begin()
      await Promise.race([counting, pause(LOOK_MS)])
      if (outcome === null) return progress
      const ended = outcome
      counting = null
      outcome = null
      if ('error' in ended) throw ended.error
      return ended.reason
    },
    stop: async () => {
      // A client that is ended while it connects never settles.
      await connecting?.catch(() => undefined)
      await client?.end().catch(() => undefined)
      await counting
    },
  }
}

const BEGUN = 'counting the insights once'

/** Most tables are counted, which takes milliseconds to see. */
const LOOK_MS = 200
