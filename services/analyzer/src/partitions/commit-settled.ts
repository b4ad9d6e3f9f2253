import { pause } from '@insights/runtime/pause'
import type { Consumer } from '@insights/runtime/kafka/consume/consumer'
import type { Lease } from '@insights/runtime/kafka/consume/lease'
import { addMark, type Mark } from '@insights/runtime/kafka/consume/crash-marks'
import type { OwnedPartition } from './owned-partition.ts'

export interface Committer {
  /** Call it when a record's outcome is acknowledged, never before (I5). Of a lost partition nothing is committed. */
  settle(places: readonly { owned: OwnedPartition; offset: number }[]): void
  /** Its position moved on over offsets without records. */
  advance(owned: OwnedPartition): void
  /**
   * What the commits of a partition say from now on about reading it. Resolves with true when such a commit is
   * acknowledged, with false when the partition is lost.
   */
  mark(owned: OwnedPartition, mark: Mark | null): Promise<boolean>
  /** From now on commits are made under this lease; what could not be committed under the one before is. */
  renew(lease: Lease): void
  /** Resolves when everything settled so far is committed, or cannot be any more. */
  flushed(): Promise<void>
}

/**
 * A commit follows each settling: the low watermark, and above it which offsets are settled, in the metadata. One is in
 * flight at a time, so that a slow one cannot overtake a newer one and move the group backward; what settles meanwhile
 * goes with the next. A commit that the broker refuses because the group rebalances is made again in the next
 * generation, for what is still ours then.
 */
export function createCommitter({
  commit,
  onCrash,
  retryMs = 1_000,
  beforeCommit,
}: {
  commit: Consumer['commit']
  onCrash: (error: unknown) => void
  retryMs?: number
  /**
   * Waited for before a commit: what settles in the same turn, outcomes that were published together, is one commit.
   */
  beforeCommit?: () => Promise<void>
}): Committer {
  const due = new Set<OwnedPartition>()
  /** Those that wait for a commit of the partition with the present mark. */
  const marking = new Map<OwnedPartition, ((acknowledged: boolean) => void)[]>()
  let lease: Lease | undefined
  let committing = false
  let run: Promise<void> = Promise.resolve()

  /** Until nothing is due. `committing` ends with it at once, so that what settles next starts it again. */
  async function commitDue(): Promise<void> {
    try {
      for (;;) {
        if (beforeCommit !== undefined) await beforeCommit()
        for (const owned of due) if (owned.lost.aborted) forget(owned)
        const under = lease
        if (under === undefined || due.size === 0) return
        const batch = [...due]
        due.clear()
        const offsets = batch.flatMap(({ topic, partition, tracker, caution }) => {
          const position = tracker.commit()
          if (position === null) return []
          return [{ topic, partition, ...position, metadata: addMark(position.metadata, caution.mark) }]
        })
        const marked = batch.map((owned) => [owned, marking.get(owned) ?? []] as const)
        for (const owned of batch) marking.delete(owned)
        const result = offsets.length === 0 ? 'committed' : await commit(under, offsets)
        if (result === 'committed') {
          for (const [, waiting] of marked) for (const acknowledge of waiting) acknowledge(true)
          continue
        }
        for (const owned of batch) due.add(owned)
        for (const [owned, waiting] of marked) marking.set(owned, [...waiting, ...(marking.get(owned) ?? [])])
        // A lease that is over already would end the wait at once, and the next, as long as the broker is away.
        if (result === 'unavailable') await pause(retryMs, under.signal.aborted ? undefined : under.signal)
        else if (under === lease) return // `renew` goes on
      }
    } finally {
      committing = false
    }
  }

  function forget(owned: OwnedPartition): void {
    due.delete(owned)
    for (const acknowledge of marking.get(owned) ?? []) acknowledge(false)
    marking.delete(owned)
  }

  function begin(): void {
    if (committing) return
    committing = true
    run = commitDue().catch(onCrash)
  }

  return {
    settle: (places) => {
      for (const { owned, offset } of places) {
        if (owned.lost.aborted) continue
        owned.settle(offset)
        due.add(owned)
      }
      begin()
    },
    advance: (owned) => {
      due.add(owned)
      begin()
    },
    mark: (owned, mark) =>
      new Promise((acknowledge) => {
        owned.mark(mark)
        marking.set(owned, [...(marking.get(owned) ?? []), acknowledge])
        due.add(owned)
        begin()
      }),
    renew: (next) => {
      lease = next
      begin()
    },
    flushed: () => run,
  }
}
