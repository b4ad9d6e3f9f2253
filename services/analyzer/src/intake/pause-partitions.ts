import { drawBackoffMs } from '@insights/runtime/backoff'
import { pause as wait } from '@insights/runtime/pause'
import type { Consumer } from '@insights/runtime/kafka/consume/consumer'
import type { OwnedPartition } from '../partitions/owned-partition.ts'
import type { Ownership } from '../partitions/own-partitions.ts'
import type { MemoryBound } from './memory-bound.ts'

/**
 * Why a partition is not read: no memory for its next record, no place in the commit for what would be settled out of
 * order, or a registry that does not say whether the record can be read.
 */
export type PauseReason = 'memory' | 'commit' | 'registry'

export interface PartitionPauses {
  /** Reading goes on with the record at `offset`, when the reason is gone. */
  pauseAt(owned: OwnedPartition, offset: number, why: PauseReason): void
  isPaused(owned: OwnedPartition): boolean
  /** The registry has answered about a record of it. */
  registryAnswered(owned: OwnedPartition): void
  /** There may be memory again, or place in a commit. */
  goOn(): void
  /** After a join the consumer reads every partition again. */
  rejoined(): void
  /** Whether a partition waits for the registry. */
  isHeld(): boolean
}

/**
 * Pauses partitions one by one and lets them go on, so that none waits for another's reason. When there is memory to
 * spare, it also lets what was put off have its turn.
 */
export function createPartitionPauses({
  ownership,
  memoryBound,
  consumer,
  isReading,
  closed,
}: {
  ownership: Pick<Ownership, 'all' | 'readOnAt'>
  memoryBound: Pick<MemoryBound, 'isWorthFetching' | 'isStarved'>
  consumer: Pick<Consumer, 'pause' | 'resume'>
  /** Where reading goes on is decided at the end of the batch. */
  isReading: (owned: OwnedPartition) => boolean
  closed: AbortSignal
}): PartitionPauses {
  const paused = new Map<OwnedPartition, PauseReason>()
  const registryTries = new Map<OwnedPartition, number>()

  function pauseAt(owned: OwnedPartition, offset: number, why: PauseReason): void {
    paused.set(owned, why)
    consumer.pause([owned])
    ownership.readOnAt(owned, offset)
    if (why === 'registry') void tryRegistryLater(owned)
  }

  function resume(owned: OwnedPartition): void {
    paused.delete(owned)
    consumer.resume([owned])
  }

  async function tryRegistryLater(owned: OwnedPartition): Promise<void> {
    const tries = registryTries.get(owned) ?? 0
    registryTries.set(owned, tries + 1)
    await wait(drawBackoffMs(tries, Math.random, { baseMs: 500, capMs: 5_000 }), AbortSignal.any([owned.lost, closed]))
    if (paused.get(owned) !== 'registry') return
    paused.delete(owned)
    if (!owned.lost.aborted && !closed.aborted) consumer.resume([owned])
  }

  /** The commit has no place for more: what it waits for is in work, or was put off and has a place itself. */
  function goOnWithin(owned: OwnedPartition): void {
    const { tracker } = owned
    const next = tracker.next()
    if (tracker.fits(owned.readFrom ?? 0)) resume(owned)
    else if (next !== null && tracker.owed() > 0 && tracker.fits(next) && memoryBound.isWorthFetching('bulk')) {
      ownership.readOnAt(owned, next)
      resume(owned)
    }
  }

  /** Nothing live is left to be read here as far as we know: what was put off has its turn. */
  function readPutOff(): void {
    if (!memoryBound.isWorthFetching('bulk')) return
    for (const owned of ownership.all()) {
      const next = owned.tracker.next()
      if (owned.tracker.owed() === 0 || next === null || paused.has(owned) || isReading(owned)) continue
      // Not to where reading is anyway: a seek throws away what is being fetched.
      const isThrough = owned.readFrom !== null && owned.readFrom >= owned.farthest && owned.readFrom > next
      if (isThrough) ownership.readOnAt(owned, next)
    }
  }

  return {
    pauseAt,
    isPaused: (owned) => paused.has(owned),
    registryAnswered: (owned) => void registryTries.delete(owned),
    goOn: () => {
      if (closed.aborted) return
      const hasMemory = ({ partition }: OwnedPartition) =>
        memoryBound.isWorthFetching('live') || memoryBound.isStarved(partition, 'live')
      for (const [owned, why] of paused) {
        if (owned.lost.aborted) paused.delete(owned)
        else if (isReading(owned)) continue
        else if (why === 'memory' && hasMemory(owned)) resume(owned)
        else if (why === 'commit') goOnWithin(owned)
      }
      readPutOff()
    },
    rejoined: () => {
      // A partition for which there is still no memory is paused again at its next record.
      for (const [owned, why] of paused) if (why !== 'registry' || owned.lost.aborted) paused.delete(owned)
      for (const [owned] of paused) consumer.pause([owned])
      for (const [owned] of registryTries) if (owned.lost.aborted) registryTries.delete(owned)
    },
    isHeld: () => [...paused.values()].includes('registry'),
  }
}
