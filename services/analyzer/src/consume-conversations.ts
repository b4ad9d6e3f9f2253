import type { Logger } from '@insights/runtime/logger'
import { backoffMs, pause } from '@insights/runtime/kafka/backoff'
import type { RecordBatch, TopicPartition } from '@insights/runtime/kafka/consumer'
import type { Lease } from '@insights/runtime/kafka/lease'
import type { ConsumedRecord } from '@insights/runtime/kafka/records'
import type { Codec } from '@insights/schemas/codec'
import type { ConversationReceived } from '@insights/schemas/conversation-received'
import type { Ledger } from './commit-settled.ts'
import type { Room } from './room.ts'
import type { UnreadableProblem } from './to-outcome-records.ts'

export interface Intake {
  /** Resolves when every record of the batch is in work, or the batch is not ours any more. */
  onBatch(batch: RecordBatch): Promise<void>
  /** Takes nothing more in; what is waiting to get in returns. */
  close(): void
  /** Whether a partition waits for the registry. */
  isHeld(): boolean
}

/** What a record takes up while it is in work: its bytes and about as much again as the prompt's turns. */
export const bytesInWork = (record: ConsumedRecord): number =>
  2 * ((record.value?.length ?? 0) + (record.key?.length ?? 0)) + 512

/**
 * Record by record: decoded, entered in the ledger, handed on. Fetching does not wait for deciding: it waits only for room.
 * What can never be read becomes a failure with its bytes, acknowledged before the next batch is read. While the registry is away
 * nobody can say which it is: then that partition alone is paused and its records wait, nothing is given up.
 */
export function createIntake({
  decode,
  ledger,
  room,
  admit,
  giveUp,
  pausePartition,
  resumePartition,
  onCrash,
  log,
}: {
  decode: Codec['decode']
  ledger: Ledger
  room: Room
  /** Takes on a decoded conversation; it leaves the ledger and the room when its outcome is acknowledged. */
  admit: (conversation: ConversationReceived, record: ConsumedRecord, batch: RecordBatch) => void
  /** Takes on a record that can never be read; resolves when its failure is acknowledged and settled. */
  giveUp: (record: ConsumedRecord, lease: Lease, problem: UnreadableProblem) => Promise<void>
  pausePartition: (partition: TopicPartition) => void
  resumePartition: (partition: TopicPartition) => void
  onCrash: (error: unknown) => void
  log: Logger
}): Intake {
  const closed = new AbortController()
  const held = new Map<string, Promise<void>>()

  /** Takes in records until the registry is missing; returns those that are left. */
  async function takeIn(
    batch: RecordBatch,
    records: readonly ConsumedRecord[],
    signal: AbortSignal,
  ): Promise<readonly ConsumedRecord[]> {
    const failures: Promise<void>[] = []
    let left: readonly ConsumedRecord[] = []
    for (const [i, record] of records.entries()) {
      if (signal.aborted) break
      const decoded = await decode('conversationsReceived', record.value)
      batch.progress()
      if (decoded.kind === 'registry_away') {
        log.warn(
          { topic: batch.topic, partition: batch.partition, detail: decoded.detail },
          'registry away, partition held',
        )
        left = records.slice(i)
        break
      }
      if (!(await whileProgressing(batch, room.enter(bytesInWork(record), signal)))) break
      if (!ledger.admit(batch.lease, record)) room.leave(bytesInWork(record))
      else if (decoded.kind === 'ok') admit(decoded.value, record, batch)
      else {
        const about = { ...placeOf(record), class: decoded.class, detail: decoded.detail }
        log.warn(about, 'record cannot be read, given up')
        failures.push(giveUp(record, batch.lease, decoded))
      }
    }
    // A lost generation must not wait for the broker: the group's rejoin waits for this handler.
    await whileProgressing(batch, Promise.race([Promise.all(failures), untilAborted(signal)]))
    return left
  }

  /** Tries on in the background until the registry is back. */
  async function hold(batch: RecordBatch, records: readonly ConsumedRecord[], signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    pausePartition(batch)
    let left = records
    for (let attempt = 0; left.length > 0 && !signal.aborted; attempt++) {
      await pause(backoffMs(attempt, Math.random, 500, 5_000), signal)
      if (!signal.aborted) left = await takeIn(batch, left, signal)
    }
    if (signal.aborted) return
    log.info({ topic: batch.topic, partition: batch.partition }, 'registry is back, partition goes on')
    resumePartition(batch)
  }

  return {
    onBatch: async (batch) => {
      const signal = AbortSignal.any([batch.lease.signal, closed.signal])
      const key = `${batch.topic}:${batch.partition}`
      // A batch that kafkajs had fetched before the pause reached it: it waits for its turn.
      await whileProgressing(batch, held.get(key) ?? Promise.resolve())
      const left = await takeIn(batch, batch.records, signal)
      if (left.length === 0) return
      const holding = hold(batch, left, signal)
        .catch(onCrash)
        .finally(() => held.delete(key))
      held.set(key, holding)
    },
    close: () => closed.abort(),
    isHeld: () => held.size > 0,
  }
}

/** Waiting for room or for the broker is declared work: without this the heartbeats would end and the partitions move. */
async function whileProgressing<T>(batch: RecordBatch, work: Promise<T>): Promise<T> {
  const timer = setInterval(batch.progress, PROGRESS_MS)
  try {
    return await work
  } finally {
    clearInterval(timer)
  }
}

const PROGRESS_MS = 1_000

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

const placeOf = ({ topic, partition, offset }: ConsumedRecord) => ({ topic, partition, offset })
