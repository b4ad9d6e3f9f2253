import type { Part } from '@insights/runtime/lifecycle'
import type { Logger } from '@insights/runtime/logger'
import { pause } from '@insights/runtime/pause'
import type { Pool } from 'pg'
import { postgresAway } from '../../database/postgres-away.ts'
import { fillWords } from './fill-words.ts'
import { switchSearch } from './switch-search.ts'

/** A transaction of so many takes a tenth of a second; writers go on in the pause behind it. */
const MOST = 500
const PAUSE_MS = 100
const AGAIN_MS = 10_000

/**
 * TEXT_SEARCH: has what is written made searchable, and in the background what was written before it was on. Ten
 * million take an hour or two, and a restart begins again.
 */
export function createWordsFill({
  pool,
  textSearch,
  shards,
  log,
  crash,
}: {
  pool: Pool
  textSearch: boolean
  /** How many there are. */
  shards: number
  log: Logger
  crash: (error: unknown) => void
}): Part {
  const stopped = new AbortController()
  const all = Array.from({ length: shards }, (_, shard) => shard)
  let running: Promise<void> | undefined

  async function fill(): Promise<void> {
    if (!(await switchSearch(pool, textSearch, all))) return
    log.info('insights of before are made searchable by their words, beside all else')
    for (let after: string | null = ''; after !== null && !stopped.signal.aborted;) {
      after = await fillWords(pool, { after, most: MOST, shards: all })
      if (after === null) log.info('all insights are searchable by their words')
      else await pause(PAUSE_MS, stopped.signal)
    }
  }

  async function run(): Promise<void> {
    while (!stopped.signal.aborted) {
      try {
        return await fill()
      } catch (error) {
        const reason = postgresAway(error)
        if (reason === null) return crash(error)
        log.info({ reason: `Postgres: ${reason}` }, 'insights are made searchable later')
      }
      await pause(AGAIN_MS, stopped.signal)
    }
  }

  return {
    name: 'words',
    start: () => void (running = run()),
    stop: async () => {
      stopped.abort()
      await running
    },
  }
}
