import { pause } from '@insights/runtime/kafka/backoff'
import type { Consumer, TopicPartition } from '@insights/runtime/kafka/consumer'
import type { Lease } from '@insights/runtime/kafka/lease'
import { createOffsetTracker, type OffsetTracker } from './track-offsets.ts'

export interface RecordPlace extends TopicPartition {
  offset: number
}

export interface Ledger {
  /** False when this generation has the record in work already, or is over. */
  admit(lease: Lease, place: RecordPlace): boolean
  /** Call it when the record's outcome is acknowledged, never before (I5). Of a lost generation nothing is committed. */
  settle(lease: Lease, places: RecordPlace[]): void
  /** Resolves when everything settled so far is committed, or cannot be any more. */
  flushed(): Promise<void>
  inFlight(): number
}

/**
 * Which records are in work, and the commits. A commit follows each settling; one is on its way at a time, so that a slow
 * one cannot overtake a newer one and move the group backward, and what settles meanwhile goes with the next.
 */
export function createLedger({
  commit,
  onCrash,
  retryMs = 1_000,
}: {
  commit: Consumer['commit']
  onCrash: (error: unknown) => void
  retryMs?: number
}): Ledger {
  let current: Generation | undefined
  let committing = false
  let run: Promise<void> = Promise.resolve()

  /** The trackers of the lease in force; those of an earlier one are forgotten. */
  function generationOf(lease: Lease): Generation | undefined {
    if (lease.signal.aborted) return undefined
    if (current?.lease !== lease) {
      if (current !== undefined && current.lease.epoch > lease.epoch) return undefined
      current = { lease, partitions: new Map() }
    }
    return current
  }

  /** Until nothing is due. `committing` ends with it at once, so that what settles next begins anew. */
  async function commitDue(): Promise<void> {
    try {
      for (;;) {
        const generation = current
        if (generation === undefined || generation.lease.signal.aborted) return
        const due = [...generation.partitions.values()].filter((p) => (p.tracker.position() ?? 0) > p.committed)
        if (due.length === 0) return
        const offsets = due.map(({ topic, partition, tracker }) => ({
          topic,
          partition,
          offset: tracker.position() ?? 0,
        }))
        const result = await commit(generation.lease, offsets)
        if (result === 'committed') due.forEach((p, i) => (p.committed = offsets[i]?.offset ?? p.committed))
        else if (result === 'unavailable') await pause(retryMs, generation.lease.signal)
        else if (generation === current) return
      }
    } finally {
      committing = false
    }
  }

  return {
    admit: (lease, place) => {
      const partitions = generationOf(lease)?.partitions
      if (partitions === undefined) return false
      const key = `${place.topic}:${place.partition}`
      let known = partitions.get(key)
      if (known === undefined) {
        // What lies below the first record read is committed already, or there would have been a record below it.
        known = {
          topic: place.topic,
          partition: place.partition,
          tracker: createOffsetTracker(),
          committed: place.offset,
        }
        partitions.set(key, known)
      }
      return known.tracker.admit(place.offset)
    },
    settle: (lease, places) => {
      const generation = generationOf(lease)
      if (generation === undefined) return
      for (const { topic, partition, offset } of places)
        generation.partitions.get(`${topic}:${partition}`)?.tracker.settle(offset)
      if (committing) return
      committing = true
      run = commitDue().catch(onCrash)
    },
    flushed: () => run,
    inFlight: () => [...(current?.partitions.values() ?? [])].reduce((sum, p) => sum + p.tracker.inFlight(), 0),
  }
}

interface Generation {
  lease: Lease
  partitions: Map<string, TopicPartition & { tracker: OffsetTracker; committed: number }>
}
