import { readRecord } from '@insights/pipeline/read-record'
import { endedBy, MAX_ENDED } from '@insights/runtime/kafka/consume/crash-marks'
import type { Consumer, RecordBatch } from '@insights/runtime/kafka/consume/consumer'
import { detach, type ConsumedRecord } from '@insights/runtime/kafka/records'
import type { SparingLog } from '@insights/runtime/log-sparingly'
import type { Logger } from '@insights/runtime/logger'
import type { Codec } from '@insights/schemas/codec'
import { checkFirstOrigin } from '@insights/schemas/events/check-first-origin'
import { checkKey } from '@insights/schemas/events/check-key'
import type { Committer } from '../partitions/commit-settled.ts'
import type { OwnedPartition } from '../partitions/owned-partition.ts'
import type { Ownership } from '../partitions/own-partitions.ts'
import { laneOf, type Lane } from '../work/lane.ts'
import type { Admission } from './admit-conversation.ts'
import type { MemoryBound } from './memory-bound.ts'
import { createPartitionPauses, type PartitionPauses } from './pause-partitions.ts'
import type { CarefulTaking } from './take-carefully.ts'
import type { UnreadableProblem } from '../outcomes/to-outcome-records.ts'

export interface Intake {
  /** Takes in what there is memory for, and returns without waiting: fetching and deciding are apart. */
  onBatch(batch: RecordBatch): Promise<void>
  /** Reading has passed offsets without records. */
  onNothing(place: { partition: number; offset: number; nextOffset: number }): void
  /** Something has changed: partitions that were paused for want of memory or of place in a commit go on. */
  goOn(): void
  /** After a join every partition is read again. */
  rejoined(): void
  /** Takes nothing more in. */
  close(): void
  /** Which partitions wait for a schema, and why. */
  schemaWaits: PartitionPauses['schemaWaits']
}

/**
 * Record by record: decoded, entered in the tracker, handed on. Where there is no memory left the partition is paused
 * at that record and read on from there later, so a full buffer keeps no other partition from being read and no handler
 * waiting. Records of the bulk lane are put off instead: passed over, owed, and read again when there is nothing else
 * to do, so that a backfill never stands before live traffic. What can never be read becomes a failure with its bytes.
 * While the registry is away it is unknown whether a record can be read: then that partition alone is paused, and
 * nothing is given up. So it is while the registry answers for other schemas alone, but not for ever: then the codec
 * calls the record undecodable.
 */
export function createIntake({
  codec,
  ownership,
  memoryBound,
  admission,
  committer,
  careful,
  yieldToEventLoop,
  consumer,
  log,
  sparing,
}: {
  codec: Pick<Codec, 'decode' | 'prefetch'>
  ownership: Pick<Ownership, 'get' | 'all' | 'readOnAt' | 'restart'>
  memoryBound: MemoryBound
  /** What is taken on leaves the tracker and the memory bound when its outcome is acknowledged. */
  admission: Pick<Admission, 'admit' | 'giveUp'>
  /** Told when a position has moved on although nothing was settled. */
  committer: Pick<Committer, 'advance'>
  careful: CarefulTaking
  /** Lets other work run when this has gone on for long. */
  yieldToEventLoop: () => Promise<void> | undefined
  consumer: Pick<Consumer, 'pause' | 'resume'>
  log: Logger
  /** For what a stranger can cause thousands of times a second. */
  sparing: SparingLog
}): Intake {
  const closed = new AbortController()
  /** Being read at this moment: where reading goes on is decided at the end. */
  const reading = new Map<OwnedPartition, RecordBatch>()
  const pauses = createPartitionPauses({
    ownership,
    memoryBound,
    consumer,
    isReading: (owned) => reading.has(owned),
    closed: closed.signal,
  })

  /** What to do with a record: undefined means go on with the next one. */
  function refusalOf(
    owned: OwnedPartition,
    record: ConsumedRecord,
    lane: Lane,
  ): 'memory' | 'commit' | 'put off' | undefined {
    if (!owned.tracker.fits(record.offset)) return 'commit'
    if (memoryBound.has(owned.partition, lane)) return undefined
    return lane === 'bulk' ? 'put off' : 'memory'
  }

  async function takeIn(batch: RecordBatch, owned: OwnedPartition): Promise<void> {
    const { tracker } = owned
    const ends = [batch.lease.signal, owned.lost, closed.signal]
    const isOver = () => ends.some(({ aborted }) => aborted)
    let from = owned.readFrom ?? batch.fromOffset
    // One by one, a flood of ids that the registry does not have would keep the good records behind it waiting for
    // minutes.
    codec.prefetch(
      'conversationsReceived',
      batch.records.map(({ value }) => value),
    )
    if (!(await careful.begin(owned, from, ends))) return
    for (const record of batch.records) {
      const turn = yieldToEventLoop()
      if (turn !== undefined) await turn
      if (isOver()) return
      const { offset } = record
      tracker.missing(from, offset)
      from = offset + 1
      if (!tracker.wants(offset)) continue
      const lane = laneOf(record.headers)
      const refusal = refusalOf(owned, record, lane)
      if (refusal === 'put off') {
        // Looked through before: everything live between here and there is in work or done.
        if (offset < owned.farthest) return ownership.readOnAt(owned, owned.farthest)
        tracker.putOff(offset)
        continue
      }
      if (refusal !== undefined) return pauses.pauseAt(owned, offset, refusal)
      const taken = await careful.take(owned, offset, ends, () => takeOne(record, owned, lane, batch))
      if (taken === undefined || taken.isOver) return
    }
    owned.passOver(from, batch.nextOffset)
    // With nothing in work, no settling will commit what was passed over.
    if (tracker.inFlight() === 0) committer.advance(owned)
  }

  /** `isOver`: reading of the partition ends here for now. */
  async function takeOne(
    fetched: ConsumedRecord,
    owned: OwnedPartition,
    lane: Lane,
    batch: RecordBatch,
  ): Promise<{ isOver: boolean }> {
    const { partition, tracker, caution } = owned
    const record = detach(fetched)
    const { offset } = record
    if (endedBy(caution, offset) >= MAX_ENDED) {
      tracker.admit(offset)
      memoryBound.enter(record, lane)
      // Waited for, or a second such record behind it could end the process before this one is settled, for ever.
      await tellGivenUp(record, owned, ENDS_PROCESSES)
      return { isOver: false }
    }
    const keyed = checkKey(record.key, await readRecord('conversationsReceived', record, codec))
    const decoded = checkFirstOrigin(record, keyed)
    batch.progress()
    if (batch.lease.signal.aborted || owned.lost.aborted || closed.signal.aborted) return { isOver: true }
    if (decoded.kind === 'registry_away' || decoded.kind === 'schema_unavailable') {
      const isAway = decoded.kind === 'registry_away'
      const why = isAway ? 'registry' : 'schema'
      const detail = isAway ? decoded.detail : `schema ${decoded.schemaId}: ${decoded.detail}`
      sparing.warn(`${why} away`, { partition, offset, detail }, 'the schema of a record is not known, partition held')
      pauses.waitForSchema(owned, { why, offset, detail })
      return { isOver: true }
    }
    pauses.registryAnswered(owned)
    tracker.admit(offset)
    memoryBound.enter(record, lane)
    if (decoded.kind === 'ok') admission.admit(decoded.value, record, owned, lane)
    else void tellGivenUp(record, owned, decoded)
    return { isOver: false }
  }

  function tellGivenUp(record: ConsumedRecord, owned: OwnedPartition, problem: UnreadableProblem): Promise<void> {
    const { topic, partition } = owned
    const { class: cls, title, detail } = problem
    const fields = { topic, partition, offset: record.offset, class: cls, detail }
    sparing.warn(`${cls}: ${title}`, fields, 'record cannot be read, given up')
    return admission.giveUp(record, owned, problem)
  }

  return {
    onBatch: async (batch) => {
      const owned = ownership.get(batch.partition)
      if (owned === undefined || closed.signal.aborted || pauses.isPaused(owned)) return
      if (owned.readFrom !== null && batch.fromOffset < owned.readFrom) {
        if (batch.highWatermark >= owned.readFrom) return ownership.readOnAt(owned, owned.readFrom)
        log.error(
          { topic: batch.topic, partition: batch.partition, expected: owned.readFrom, offset: batch.fromOffset },
          'the partition was truncated or created again: what was known of it is forgotten',
        )
        return ownership.restart(owned, batch.fromOffset)
      }
      reading.set(owned, batch)
      try {
        await takeIn(batch, owned)
      } finally {
        if (reading.get(owned) === batch) reading.delete(owned) // else a rejoin has come in between
      }
      pauses.goOn()
    },
    onNothing: ({ partition, offset, nextOffset }) => {
      const owned = ownership.get(partition)
      // Only what lies exactly where reading is: after a seek, what was fetched before it says nothing.
      if (owned === undefined || reading.has(owned) || (owned.readFrom ?? offset) !== offset) return
      owned.passOver(offset, nextOffset)
      committer.advance(owned)
    },
    goOn: pauses.goOn,
    rejoined: pauses.rejoined,
    close: () => closed.abort(),
    schemaWaits: pauses.schemaWaits,
  }
}

const ENDS_PROCESSES: UnreadableProblem = {
  class: 'too_large',
  title: 'The record ends the process that reads it',
  detail: `${MAX_ENDED} analyzers ended while they took it in; that is a bug of the analyzer: please report it with this record`,
  retryable: true, // by a version without the bug
  conversationId: null,
}
