import { pause } from '@insights/runtime/pause'
import type { GroupReader } from '@insights/runtime/kafka/consume/read-group'
import type { Logger } from '@insights/runtime/logger'
import type { Ownership } from './own-partitions.ts'
import type { ProgressWatch } from './watch-progress.ts'

export interface GroupFollower {
  start(): void
  stop(): Promise<void>
  /** Records behind, by partition of ours; null while the broker does not say. */
  lag(): ReadonlyMap<number, number> | null
}

/**
 * Asks the broker, not our own consumer, how far our partitions are: a client that is stuck does not know it. What it
 * says goes to the watch on progress (I9) and into the metric of lag.
 */
export function createGroupFollower({
  reader,
  ownership,
  watch,
  pausedReason,
  monotonic,
  log,
  everyMs,
}: {
  reader: Pick<GroupReader, 'committed' | 'bounds'>
  ownership: Pick<Ownership, 'all'>
  watch: ProgressWatch
  /** Why work stands still on purpose; null when it should go on. */
  pausedReason: () => string | null
  monotonic: () => number
  log: Logger
  everyMs: number
}): GroupFollower {
  const stopped = new AbortController()
  let running: Promise<void> | undefined
  let lag: ReadonlyMap<number, number> | null = null

  async function ask(): Promise<void> {
    const seen = await readPositions().catch((error: unknown) => {
      log.info({ err: error }, 'the broker does not say how far the group is')
      return null
    })
    lag = seen && new Map(seen.map(({ partition, end, committed }) => [partition, Math.max(0, end - committed)]))
    watch.observe({ now: monotonic(), pausedReason: pausedReason(), partitions: seen })
  }

  async function readPositions() {
    const [committed, bounds] = await Promise.all([reader.committed(), reader.bounds()])
    return ownership.all().map(({ partition, settled }) => {
      const { low, high } = bounds.get(partition) ?? { low: 0, high: 0 }
      // What retention has deleted waits no longer.
      return { partition, settled, end: high, committed: Math.max(low, committed.get(partition)?.offset ?? low) }
    })
  }

  return {
    start: () => {
      running ??= (async () => {
        for (; !stopped.signal.aborted; await pause(everyMs, stopped.signal)) await ask()
      })()
    },
    stop: async () => {
      stopped.abort()
      await running
    },
    lag: () => lag,
  }
}
