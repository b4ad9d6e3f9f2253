import { randomUUID } from 'node:crypto'
import type { Logger } from '../../logger.ts'
import { offsetRanges, type OffsetRange } from '../admin.ts'
import type { KafkaConnection } from '../connect-kafka.ts'
import { createConsumer } from './consumer.ts'
import type { ConsumedRecord } from '../records.ts'

/**
 * Hands over every record that a topic holds at the moment of the call, or those in `ranges`, each once and in the
 * order of its partition. It reads as a group of its own that never commits, so no other group's position moves and
 * the broker forgets it. What has gone from the topic meanwhile is passed over.
 */
export async function readToEnd(options: {
  kafka: KafkaConnection
  log: Logger
  topic: string
  /** At most one for each partition. */
  ranges?: Pick<OffsetRange, 'partition' | 'from' | 'end'>[]
  onRecords: (records: ConsumedRecord[]) => Promise<void> | void
  /** So many offsets were passed since the last call; of a compacted topic not each of them holds a record. */
  onPassed?: (offsets: number) => void
  /** Ends it early: it rejects with the signal's reason. */
  signal?: AbortSignal
}): Promise<void> {
  const { kafka, log, topic, onRecords, onPassed, signal } = options
  const ranges = options.ranges ?? (await offsetRanges(kafka, topic))
  /** What is still to be read. */
  const left = new Map(
    ranges.filter(({ from, end }) => from < end).map(({ partition, from, end }) => [partition, { next: from, end }]),
  )
  if (left.size === 0) return
  signal?.throwIfAborted()
  const done = Promise.withResolvers<void>()
  // It may reject while the consumer is still starting.
  done.promise.catch(() => {})
  const abort = () => done.reject(signal?.reason)
  signal?.addEventListener('abort', abort, { once: true })
  const consumer = createConsumer({
    kafka,
    log,
    groupId: `${topic}-reader-${randomUUID()}`,
    topics: [topic],
    maxBytesPerPartition: 1024 * 1024,
    maxWaitMs: 100,
    onCrash: done.reject,
  })
  const passed = (partition: number, nextOffset: number) => {
    const range = left.get(partition)
    if (range === undefined || nextOffset <= range.next) return
    const next = Math.min(nextOffset, range.end)
    onPassed?.(next - range.next)
    range.next = next
    if (next < range.end) return
    left.delete(partition)
    consumer.pause([{ topic, partition }])
    if (left.size === 0) done.resolve()
  }
  await consumer.start({
    // Nothing is committed: a member that joins again would begin at the first offset again.
    onAssigned: ({ partitions }) => {
      for (const { partition } of partitions) {
        const range = left.get(partition)
        if (range === undefined) consumer.pause([{ topic, partition }])
        else consumer.seek({ topic, partition }, range.next)
      }
    },
    onBatch: async ({ partition, records, nextOffset }) => {
      const range = left.get(partition)
      if (range === undefined) return
      const { next, end } = range
      const wanted = records.filter(({ offset }) => offset >= next && offset < end)
      if (wanted.length > 0) await onRecords(wanted)
      passed(partition, nextOffset)
    },
    // The last offsets may hold no records: the ends of transactions, and what was aborted.
    onNothing: ({ partition, nextOffset }) => passed(partition, nextOffset),
  })
  try {
    await done.promise
  } finally {
    signal?.removeEventListener('abort', abort)
    await consumer.stop()
  }
}
