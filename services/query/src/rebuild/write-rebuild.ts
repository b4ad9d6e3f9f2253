import type { Pool } from 'pg'
import type { Reading } from '../projector/read/reading.ts'
import { toEvents, type ReadOptions, type Told } from '../projector/read/to-events.ts'
import { isOfRow } from '../projector/refuse-row.ts'
import { LOCKS } from '../database/locks.ts'
import { writeProjection } from '../projector/write/write-projection.ts'
import { SCHEMA } from './make-tables.ts'

/** The rebuild's own writers wait for each other as projectors do, and for no projector. */
const target = { schema: SCHEMA, locks: LOCKS + 1 }

/** Writes into the new tables, and publishes nothing. */
export function createRebuildWriter({
  pool,
  shardOf,
  storeMessages,
  read,
}: {
  pool: Pool
  shardOf: (id: string) => number
  storeMessages: boolean
  read: ReadOptions
}) {
  let keepsCounts = false
  let refused = 0

  async function writeTold(told: Told): Promise<void> {
    await writeProjection(pool, { ...told, last: new Map() }, { shardOf, storeMessages, target, keepsCounts })
  }

  /** A record that Postgres does not take stops no other: the projector has published it as a failure. */
  async function write(readings: Reading[]): Promise<void> {
    try {
      await writeTold(toEvents(readings, null, read))
    } catch (error) {
      if (!isOfRow(error)) throw error
      if (readings.length === 1) return void refused++
      const half = Math.ceil(readings.length / 2)
      await write(readings.slice(0, half))
      await write(readings.slice(half))
    }
  }

  return {
    write,
    writeTold,
    /** From now on, since they have been made of what was written before. */
    keepCounts: () => void (keepsCounts = true),
    refused: () => refused,
  }
}
