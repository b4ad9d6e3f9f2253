import { randomUUID } from 'node:crypto'
import type { Logger } from '../../logger.ts'
import { groupLag } from '../admin.ts'
import type { KafkaConnection } from '../connect-kafka.ts'
import { createConsumer } from './consumer.ts'
import type { ConsumedRecord } from '../records.ts'

/**
 * Hands over every record that a topic holds at the moment of the call, from its first one, in the order of each
 * partition. It reads as a group of its own that never commits, so no other group's position moves and the broker
 * forgets it.
 */
export async function readToEnd(options: {
  kafka: KafkaConnection
  log: Logger
  topic: string
  onRecords: (records: ConsumedRecord[]) => Promise<void> | void
}): Promise<void> {
  const { kafka, log, topic, onRecords } = options
  const groupId = `${topic}-reader-${randomUUID()}`
  const ends = new Map(
    (await groupLag(kafka, groupId, [topic]))
      .filter(({ lag }) => lag > 0)
      .map(({ partition, end }) => [partition, end]),
  )
  if (ends.size === 0) return
  const done = Promise.withResolvers<void>()
  const consumer = createConsumer({
    kafka,
    log,
    groupId,
    topics: [topic],
    maxBytesPerPartition: 1024 * 1024,
    maxWaitMs: 100,
    onCrash: done.reject,
  })
  const passed = (partition: number, nextOffset: number) => {
    if (nextOffset >= (ends.get(partition) ?? Infinity)) ends.delete(partition)
    if (ends.size === 0) done.resolve()
  }
  await consumer.start({
    onBatch: async ({ partition, records, nextOffset }) => {
      const end = ends.get(partition)
      if (end === undefined) return
      await onRecords(records.filter(({ offset }) => offset < end))
      passed(partition, nextOffset)
    },
    // The last offsets may hold no records: the ends of transactions, and what was aborted.
    onNothing: ({ partition, nextOffset }) => passed(partition, nextOffset),
  })
  try {
    await done.promise
  } finally {
    await consumer.stop()
  }
}
