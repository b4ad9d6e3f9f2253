import {
  addMark,
  cautionAfter,
  endedBy,
  MAX_ENDED,
  splitMark,
  type Caution,
} from '@insights/runtime/kafka/consume/crash-marks'
import type { Consumer, RecordBatch } from '@insights/runtime/kafka/consume/consumer'
import type { Lease } from '@insights/runtime/kafka/consume/lease'
import type { ConsumedRecord } from '@insights/runtime/kafka/records'
import type { GroupReader } from '@insights/runtime/kafka/consume/read-group'
import type { Logger } from '@insights/runtime/logger'
import type { Retries } from './retry-while-away.ts'
import type { HandleOptions } from './consume-batch.ts'
import type { Refusal } from './publish-failures.ts'

/**
 * An error that is not known ends the process, and the batch is read again by the next: for ever, if it is a record's
 * doing. So such a batch is taken once more, one record at a time; the record that fails again is marked in the commit
 * (crash-marks.ts) before the process ends. A record that has ended `MAX_ENDED` processes is given up with its bytes,
 * and all others are stored.
 *
 * Only errors are marked, not every record before it is taken: what takes long here is mostly the store being away, and
 * a record that waited for it while processes were replaced would look guilty.
 */
export function takeOneByOne({
  name,
  handle,
  commit,
  committed,
  retries,
  log,
}: {
  /** Of the process, as a failure tells of it: `projector`. */
  name: string
  handle: (batch: RecordBatch, how?: HandleOptions) => Promise<void>
  commit: Consumer['commit']
  /** What the group has committed in a topic. */
  committed: (topic: string) => ReturnType<GroupReader['committed']>
  retries: Retries
  log: Logger
}): (batch: RecordBatch) => Promise<void> {
  /** Of the newest generation, by topic and partition. */
  let known: { lease: Lease; cautions: Map<string, Map<number, Caution>> } | undefined
  /** This process has stored something: an error is a record's doing, and not that nothing can be stored at all. */
  let isWorking = false

  /** Null: the partition is not ours any more. */
  async function cautionOf(batch: RecordBatch): Promise<Caution | null> {
    const { lease, topic, partition } = batch
    if (known?.lease !== lease) known = { lease, cautions: new Map() }
    const { cautions } = known
    const ofTopic = cautions.get(topic) ?? (await retries.whileAway(batch, () => readCautions(topic)))
    if (ofTopic === null) return null
    if (!cautions.has(topic)) cautions.set(topic, ofTopic)
    return cautions.get(topic)?.get(partition) ?? cautionAfter(null)
  }

  async function readCautions(topic: string) {
    try {
      const entries = [...(await committed(topic))]
      return {
        ok: true as const,
        value: new Map(entries.map(([partition, { metadata }]) => [partition, cautionAfter(splitMark(metadata).mark)])),
      }
    } catch (error) {
      return { ok: false as const, reason: `Kafka: the commits cannot be read: ${String(error)}` }
    }
  }

  async function take(batch: RecordBatch, record: ConsumedRecord, caution: Caution): Promise<void> {
    const { lease, topic, partition } = batch
    const { offset } = record
    const ended = endedBy(caution, offset)
    if (ended >= MAX_ENDED) return handle(only(record, batch), { refusal: endsProcesses(record, name) })
    try {
      await handle(only(record, batch))
      isWorking = true
    } catch (error) {
      if (isWorking || (await canStoreOthers(batch, offset))) {
        const metadata = addMark('', { kind: 'taking', offset, ended })
        log.error({ topic, partition, offset, ended: ended + 1 }, 'this record ends the process')
        await commit(lease, [{ topic, partition, offset, metadata }])
      }
      throw error
    }
  }

  async function canStoreOthers(batch: RecordBatch, offset: number): Promise<boolean> {
    for (const record of batch.records.filter((other) => other.offset > offset)) {
      try {
        await handle(only(record, batch), { keepPosition: true })
        return true
      } catch {
        // Neither is this one: the next may be.
      }
    }
    return false
  }

  return async (batch) => {
    const caution = await cautionOf(batch)
    if (caution === null) return
    const isSuspect = caution.suspect !== null && caution.suspect.offset < batch.nextOffset
    if (!isSuspect) {
      try {
        await handle(batch)
        isWorking = true
        return
      } catch (error) {
        if (batch.lease.signal.aborted) return
        log.error(
          { err: error, topic: batch.topic, partition: batch.partition },
          'a batch failed, one record at a time',
        )
      }
    }
    for (const record of batch.records) {
      if (batch.lease.signal.aborted) return
      await take(batch, record, caution)
    }
  }
}

const only = (record: ConsumedRecord, batch: RecordBatch): RecordBatch => ({
  ...batch,
  records: [record],
  fromOffset: record.offset,
  nextOffset: record.offset + 1,
})

const endsProcesses = (record: ConsumedRecord, name: string): Refusal => ({
  record,
  class: 'unprojectable',
  title: 'The record ends the process that stores it',
  detail: `${MAX_ENDED} ${name}s ended while they stored it; that is a bug: please report it with this record`,
  retryable: true, // by a version without the bug
  conversationId: null,
})
