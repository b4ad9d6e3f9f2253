import { pause } from '@insights/runtime/kafka/backoff'
import type { Assignment, Consumer, TopicPartition } from '@insights/runtime/kafka/consume/consumer'
import { cautionAfter, MARK_BYTES, splitMark, type Caution } from '@insights/runtime/kafka/consume/crash-marks'
import type { Lease } from '@insights/runtime/kafka/consume/lease'
import type { GroupReader } from '@insights/runtime/kafka/consume/read-group'
import type { Logger } from '@insights/runtime/logger'
import { MAX_METADATA } from './encode-settled.ts'
import { createOffsetTracker, type CommittedOffset, type OffsetTracker } from './track-offsets.ts'

/** A partition that is ours, from the assignment that brought it to the one that takes it, across generations. */
export interface OwnedPartition extends TopicPartition {
  /**
   * Aborts when the partition is not ours any more: what is in work of it may still be published, but never committed.
   */
  readonly lost: AbortSignal
  readonly tracker: OffsetTracker
  /** How its records are taken in, given how the previous owner ended. */
  readonly caution: Caution
  /** How often a record of it was settled, or one whose calls stay unanswered was retried; only grows. */
  settled: number
  /** The offset that the next batch should begin with, as far as it is known. */
  readFrom: number | null
  /** The highest `readFrom` ever: behind it, everything was looked at once. */
  farthest: number
}

export interface Ownership {
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
  onLost,
  onReady,
  onCrash,
  log,
}: {
  topic: string
  consumer: Pick<Consumer, 'pause' | 'resume' | 'seek'>
  reader: Pick<GroupReader, 'committed'>
  /** These are not ours any more; their `lost` signals are aborted already. */
  onLost: (lost: readonly OwnedPartition[]) => void
  /** The generation's commits are read and merged: nothing committed from now on can go backward. */
  onReady: (lease: Lease) => void
  onCrash: (error: unknown) => void
  log: Logger
}): Ownership {
  const owned = new Map<number, OwnedPartition & { lose(): void }>()

  function own(partition: number, { offset, metadata }: CommittedOffset): void {
    const controller = new AbortController()
    const { rest: settled, mark } = splitMark(metadata)
    const tracker = createOffsetTracker({ offset, metadata: settled }, MAX_METADATA - MARK_BYTES)
    const caution = cautionAfter(mark)
    if (caution.suspect !== null)
      log.warn({ topic, partition, ...caution.suspect }, 'the process that took this record in ended')
    const next = tracker.next()
    owned.set(partition, {
      topic,
      partition,
      lost: controller.signal,
      lose: () => controller.abort(),
      tracker,
      caution,
      settled: 0,
      readFrom: next,
      farthest: next ?? 0,
    })
    if (next !== null) consumer.seek({ topic, partition }, next)
  }

  function lose(partitions: readonly number[]): void {
    const lost = partitions.flatMap((partition) => owned.get(partition) ?? [])
    for (const one of lost) {
      one.lose()
      owned.delete(one.partition)
    }
    if (lost.length > 0) onLost(lost)
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
    onAssigned: ({ lease, partitions, continued }) => {
      const assigned = partitions.filter((one) => one.topic === topic).map(({ partition }) => partition)
      lose([...owned.keys()].filter((partition) => !continued || !assigned.includes(partition)))
      for (const one of owned.values()) {
        // Without this, kafkajs would read again from the commit, which is the lowest offset that is not settled.
        const next = one.tracker.next()
        one.readFrom = next
        if (next !== null) consumer.seek(one, next)
      }
      const added = assigned.filter((partition) => !owned.has(partition))
      consumer.pause(added.map((partition) => ({ topic, partition })))
      takeOver(lease, added).catch(onCrash)
    },
    get: (partition) => owned.get(partition),
    all: () => [...owned.values()],
    readOnAt: (one, offset) => {
      one.readFrom = offset
      one.farthest = Math.max(one.farthest, offset)
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
