import type { TopicPartition } from '@insights/runtime/kafka/consume/consumer'
import {
  cautionAfter,
  MARK_BYTES,
  splitMark,
  type Caution,
  type Mark,
} from '@insights/runtime/kafka/consume/crash-marks'
import { MAX_METADATA } from './encode-settled.ts'
import { createOffsetTracker, type CommittedOffset, type OffsetTracker } from './track-offsets.ts'

/**
 * A partition that is ours, from the assignment that brought it to the one that takes it, across generations. What is
 * counted of it is written here alone.
 */
export interface OwnedPartition extends TopicPartition {
  /**
   * Aborts when the partition is not ours any more: what is in work of it may still be published, but never committed.
   */
  readonly lost: AbortSignal
  readonly tracker: OffsetTracker
  /** How its records are taken in, given how the previous owner ended; what the next commit says of it. */
  readonly caution: Readonly<Caution>
  /** How often a record of it was settled, or one whose calls stay unanswered was retried; only grows. */
  readonly settled: number
  /** The offset that the next batch should begin with, as far as it is known. */
  readonly readFrom: number | null
  /** The highest `readFrom` ever: behind it, everything was looked at once. */
  readonly farthest: number

  /** The outcome of the record at `offset` is acknowledged. */
  settle(offset: number): void
  /** A conversation whose calls stay unanswered was asked about again: that is progress too. */
  retried(): void
  /** Reading goes on at `offset`. */
  readOn(offset: number): void
  /** Between these offsets, the second exclusive, is nothing to be done that is not known already. */
  passOver(from: number, to: number): void
  /** After a join, kafkajs begins at the commit: reading goes on where it must, and that offset is returned. */
  rejoin(): number | null
  mark(mark: Mark | null): void
  /** One record less that is taken in carefully. */
  takenCarefully(): void
  lose(): void
}

/** From what the group's last commit of the partition says; all null where there is none. */
export function createOwnedPartition({
  topic,
  partition,
  offset,
  metadata,
}: TopicPartition & CommittedOffset): OwnedPartition {
  const controller = new AbortController()
  const committed = splitMark(metadata)
  const tracker = createOffsetTracker({ offset, metadata: committed.rest }, MAX_METADATA - MARK_BYTES)
  const caution = cautionAfter(committed.mark)
  let settled = 0
  let readFrom = tracker.next()
  let farthest = readFrom ?? 0

  function readOn(next: number): void {
    readFrom = next
    farthest = Math.max(farthest, next)
  }

  return {
    topic,
    partition,
    lost: controller.signal,
    tracker,
    caution,
    get settled() {
      return settled
    },
    get readFrom() {
      return readFrom
    },
    get farthest() {
      return farthest
    },
    settle: (done) => {
      tracker.settle(done)
      settled++
      if (caution.mark?.kind === 'begun') caution.mark = null
    },
    retried: () => void settled++,
    readOn,
    passOver: (from, to) => {
      tracker.missing(from, to)
      readOn(to)
    },
    rejoin: () => (readFrom = tracker.next()),
    mark: (mark) => void (caution.mark = mark),
    takenCarefully: () => void caution.carefulFor--,
    lose: () => controller.abort(),
  }
}
