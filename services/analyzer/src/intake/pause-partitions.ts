import { drawBackoffMs } from '@insights/runtime/backoff'
import { pause } from '@insights/runtime/pause'
import type { Consumer } from '@insights/runtime/kafka/consume/consumer'
import type { OwnedPartition } from '../partitions/owned-partition.ts'
import type { Ownership } from '../partitions/own-partitions.ts'
import type { MemoryBound } from './memory-bound.ts'

/** No memory for the next record, or no place in the commit for what would be settled out of order. */
type Shortage = 'memory' | 'commit'

/**
 * Why it is not known whether a record can be read: the registry does not answer, or not for the schema that this
 * one record needs.
 */
export interface SchemaWait {
  why: 'registry' | 'schema'
  /** The offset of the record. */
  offset: number
  detail: string
}

export interface PartitionPauses {
  /** Reading goes on with the record at `offset`, when the reason is gone. */
  pauseAt(owned: OwnedPartition, offset: number, why: Shortage): void
  /** So too, but it is tried again and again, ever less often. */
  waitForSchema(owned: OwnedPartition, wait: SchemaWait): void
  isPaused(owned: OwnedPartition): boolean
  /** Whether the next record of it can be read is known again. */
  registryAnswered(owned: OwnedPartition): void
  /** There may be memory again, or place in a commit. */
  goOn(): void
  /** After a join the consumer reads every partition again. */
  rejoined(): void
  /** Which partitions wait for a schema: from the first try in vain to the one that is answered. */
  schemaWaits(): (SchemaWait & { partition: number })[]
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
  const paused = new Map<OwnedPartition, Shortage | 'schema'>()
  const waits = new Map<OwnedPartition, SchemaWait & { tries: number }>()

  function pauseAt(owned: OwnedPartition, offset: number, why: Shortage | 'schema'): void {
    paused.set(owned, why)
    consumer.pause([owned])
    ownership.readOnAt(owned, offset)
  }

  function resume(owned: OwnedPartition): void {
    paused.delete(owned)
    consumer.resume([owned])
  }

  async function waitForSchema(owned: OwnedPartition, wait: SchemaWait): Promise<void> {
    const tries = waits.get(owned)?.tries ?? 0
    waits.set(owned, { ...wait, tries: tries + 1 })
    pauseAt(owned, wait.offset, 'schema')
    await pause(drawBackoffMs(tries, Math.random, { baseMs: 500, capMs: 5_000 }), AbortSignal.any([owned.lost, closed]))
    if (paused.get(owned) !== 'schema') return
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
    waitForSchema: (owned, wait) => void waitForSchema(owned, wait),
    isPaused: (owned) => paused.has(owned),
    registryAnswered: (owned) => void waits.delete(owned),
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
      for (const [owned, why] of paused) if (why !== 'schema' || owned.lost.aborted) paused.delete(owned)
      for (const [owned] of paused) consumer.pause([owned])
      for (const [owned] of waits) if (owned.lost.aborted) waits.delete(owned)
    },
    schemaWaits: () =>
      [...waits].flatMap(([{ partition, lost }, { why, offset, detail }]) =>
        lost.aborted ? [] : [{ partition, why, offset, detail }],
      ),
  }
}
