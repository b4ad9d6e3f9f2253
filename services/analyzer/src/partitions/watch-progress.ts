/** What the broker and the ledger say of the partitions that are ours; null: the broker could not be asked. */
export interface ProgressObservation {
  /** Monotonic milliseconds. */
  now: number
  /** Why nothing is done at the moment although work waits (cool-down, rebalance, ...); null: work should go on. */
  pausedReason: string | null
  partitions: readonly PartitionProgress[] | null
}
export interface PartitionProgress {
  partition: number
  /** The broker's end offset. */
  end: number
  /** The low watermark as the broker has it: records from here to `end` wait. Never below the beginning of the log. */
  committed: number
  /** Grows whenever anything of the partition settles. */
  settled: number
}

export interface ProgressWatch {
  observe(observation: ProgressObservation): void
  /** What stands still, in words for the liveness check; null: nothing does, or there is a declared pause. */
  finding(now: number): string | null
}

/**
 * Liveness (I9), judged from what the broker says, since a client that is stuck says nothing about itself. A partition
 * is wedged when for `stallMs` work was waiting in it and neither its commit nor its count of settled records moved;
 * and everything is stalled when for `stallMs` work was waiting somewhere and nothing moved anywhere, also while
 * partitions come and go.
 *
 * Only time counts in which progress was possible and could be seen. During a declared pause the clocks stand, and go
 * on after it from where they stood: pauses that come again and again hide nothing. The time until the next observation
 * does not count when the broker could not be asked: it neither adds to a stall nor ends one. And between two
 * observations at most a quarter of `stallMs` counts, so that a process that was stopped for a minute is not found
 * wedged when it goes on.
 */
export function createProgressWatch({ stallMs }: { stallMs: number }): ProgressWatch {
  let partitions = new Map<number, Watched>() // those of the last observation only (I8)
  let stalledMs = 0
  /** Since when the clocks run; null while they stand. */
  let runningSince: number | null = null
  let paused = false

  const elapsedMs = (now: number) =>
    runningSince === null ? 0 : Math.min(Math.max(0, now - runningSince), stallMs / 4)

  function addObservation(seen: readonly PartitionProgress[], elapsed: number): void {
    const before = partitions
    partitions = new Map()
    let moved = false
    for (const progress of seen) {
      const last = before.get(progress.partition)
      const stands = last?.committed === progress.committed && last.settled === progress.settled
      if (last !== undefined && !stands) moved = true
      const waited = last !== undefined && stands && isWaiting(last) && isWaiting(progress)
      partitions.set(progress.partition, { ...progress, stalledMs: waited ? last.stalledMs + elapsed : 0 })
    }
    const waited = [...before.values()].some(isWaiting) && seen.some(isWaiting)
    stalledMs = waited && !moved ? stalledMs + elapsed : 0
  }

  return {
    observe: ({ now, pausedReason, partitions: seen }) => {
      if (seen !== null) addObservation(seen, elapsedMs(now))
      paused = pausedReason !== null
      runningSince = paused || seen === null ? null : now
    },
    finding: (now) => {
      if (paused) return null
      const elapsed = elapsedMs(now)
      const waiting = [...partitions.values()].filter(isWaiting)
      const [worst] = waiting.toSorted((a, b) => b.stalledMs - a.stalledMs)
      if (worst !== undefined && worst.stalledMs + elapsed >= stallMs)
        return `partition ${worst.partition}: ${waitingIn(worst)} records wait, nothing settled for ${seconds(worst.stalledMs + elapsed)} s`
      if (waiting.length === 0 || stalledMs + elapsed < stallMs) return null
      const records = waiting.reduce((sum, progress) => sum + waitingIn(progress), 0)
      return `${records} records wait in ${waiting.length} partitions, nothing settled anywhere for ${seconds(stalledMs + elapsed)} s`
    },
  }
}

interface Watched extends PartitionProgress {
  stalledMs: number
}

const waitingIn = ({ end, committed }: PartitionProgress) => end - committed
const isWaiting = (progress: PartitionProgress) => waitingIn(progress) > 0
const seconds = (ms: number) => Math.floor(ms / 1000)
