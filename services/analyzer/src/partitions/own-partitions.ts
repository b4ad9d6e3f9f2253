import { pause } from '@insights/runtime/pause'
import type { Assignment, Consumer } from '@insights/runtime/kafka/consume/consumer'
import { splitMark } from '@insights/runtime/kafka/consume/crash-marks'
import type { Lease } from '@insights/runtime/kafka/consume/lease'
import type { GroupReader } from '@insights/runtime/kafka/consume/read-group'
import type { Logger } from '@insights/runtime/logger'
import { createOwnedPartition, type OwnedPartition } from './owned-partition.ts'
import type { CommittedOffset } from './track-offsets.ts'

export interface Ownership {
  start(handlers: {
    /** These are not ours any more; their `lost` signals are aborted already. */
    onLost: (lost: readonly OwnedPartition[]) => void
  }): void
  onAssigned(assignment: Assignment): void
  /** Undefined also while its commit is still being read. */
  get(partition: number): OwnedPartition | undefined
  all(): OwnedPartition[]
  /** Reading goes on at `offset`. */
  readOnAt(owned: OwnedPartition, offset: number): void
  /** The partition was truncated or created again below what we know: nothing that we know of it holds. */
  restart(owned: OwnedPartition, readFrom: number): void
}

/**
 * Which partitions are ours, and how far each is. On every join the group's commits are read again: a partition that is
 * new begins where its owner before left off, with what that one had settled out of order; one that stays keeps all it
 * knows, and the two are merged. A member that was out of the group in between forgets everything: another member may
 * have owned what it has again. Until its commit is read, a new partition is paused.
 */
export function createOwnership({
  topic,
  consumer,
  reader,
  onReady,
  onCrash,
  log,
}: {
  topic: string
  consumer: Pick<Consumer, 'pause' | 'resume' | 'seek'>
  reader: Pick<GroupReader, 'committed'>
  /** The generation's commits are read and merged: nothing committed from now on can go backward. */
  onReady: (lease: Lease) => void
  onCrash: (error: unknown) => void
  log: Logger
}): Ownership {
  const owned = new Map<number, OwnedPartition>()
  let onLost: ((lost: readonly OwnedPartition[]) => void) | undefined

  function own(partition: number, committed: CommittedOffset): void {
    const one = createOwnedPartition({ topic, partition, ...committed })
    const { suspect } = one.caution
    if (suspect !== null) log.warn({ topic, partition, ...suspect }, 'the process that took this record in ended')
    owned.set(partition, one)
    if (one.readFrom !== null) consumer.seek({ topic, partition }, one.readFrom)
  }

  function lose(partitions: readonly number[]): void {
    const lost = partitions.flatMap((partition) => owned.get(partition) ?? [])
    for (const one of lost) {
      one.lose()
      owned.delete(one.partition)
    }
    if (lost.length > 0) onLost?.(lost)
  }

  async function takeOver(lease: Lease, added: readonly number[]): Promise<void> {
    const committed = await readCommits(lease)
    if (committed === null) return
    for (const one of owned.values()) {
      const { offset, metadata } = committed.get(one.partition) ?? NOTHING
      one.tracker.merge({ offset, metadata: splitMark(metadata).rest })
    }
    for (const partition of added) own(partition, committed.get(partition) ?? NOTHING)
    consumer.resume(added.map((partition) => ({ topic, partition })))
    onReady(lease)
  }

  /** Null when the lease was over before. */
  async function readCommits(lease: Lease): Promise<Awaited<ReturnType<GroupReader['committed']>> | null> {
    while (!lease.signal.aborted) {
      try {
        const committed = await reader.committed()
        if (!lease.signal.aborted) return committed
      } catch (error) {
        log.warn({ err: error }, 'the commits of the group cannot be read, trying again; new partitions wait')
        await pause(RETRY_MS, lease.signal)
      }
    }
    return null
  }

  return {
    start: (handlers) => void ({ onLost } = handlers),
    onAssigned: ({ lease, partitions, continued }) => {
      const assigned = partitions.filter((one) => one.topic === topic).map(({ partition }) => partition)
      lose([...owned.keys()].filter((partition) => !continued || !assigned.includes(partition)))
      for (const one of owned.values()) {
        // Without this, kafkajs would read again from the commit, which is the lowest offset that is not settled.
        const next = one.rejoin()
        if (next !== null) consumer.seek(one, next)
      }
      const added = assigned.filter((partition) => !owned.has(partition))
      consumer.pause(added.map((partition) => ({ topic, partition })))
      takeOver(lease, added).catch(onCrash)
    },
    get: (partition) => owned.get(partition),
    all: () => [...owned.values()],
    readOnAt: (one, offset) => {
      one.readOn(offset)
      consumer.seek(one, offset)
    },
    restart: ({ partition }, readFrom) => {
      lose([partition])
      own(partition, { offset: readFrom, metadata: null })
    },
  }
}

const NOTHING = { offset: null, metadata: null }
const RETRY_MS = 500
