import type { ConsumedRecord } from '@insights/runtime/kafka/records'
import type { ConversationReceived } from '@insights/schemas/events/conversation-received'
import { originOf } from '@insights/schemas/events/first-origin'
import { occurredAtOf } from '@insights/schemas/events/occurred-at'
import type { CallRunner } from '../calls/run-calls.ts'
import type { OutcomeDelivery } from '../outcomes/deliver-outcomes.ts'
import type { UnreadableProblem } from '../outcomes/to-outcome-records.ts'
import type { OwnedPartition } from '../partitions/owned-partition.ts'
import type { Preparation, Preparer } from '../text/create-preparer.ts'
import type { SuspicionKind } from '../text/injection/detect-suspicion.ts'
import type { Masked } from '../text/pii/mask-pii.ts'
import type { Prepared } from '../text/prepare-conversation.ts'
import type { Lane } from '../work/lane.ts'
import { ownGroup, NEVER_UNANSWERED, type InWork, type Work } from '../work/work.ts'
import type { MemoryBound } from './memory-bound.ts'
import { createConversationOrder } from './order-conversations.ts'

export interface Admission {
  /** Takes on a conversation: from here it ends as one insight or one failure, or another member takes it over. */
  admit(conversation: ConversationReceived, record: ConsumedRecord, owned: OwnedPartition, lane: Lane): void
  /** Takes on a record that can never be read. Resolves when its failure is settled. */
  giveUp(record: ConsumedRecord, owned: OwnedPartition, problem: UnreadableProblem): Promise<void>
  /**
   * Gives up what was appended before `oldest` (broker's epoch ms) and still waits. What is in a call, the call
   * decides.
   */
  giveUpOld(oldest: number): void
  /** These are not ours any more: what waits of them is forgotten, what waited for them goes ahead. */
  forget(lost: readonly OwnedPartition[]): void
  /** These have ended, one way or the other: what waited for them or for their memory goes ahead. */
  leave(works: readonly InWork[]): void
}

/**
 * Takes a conversation from its record to the calls: prepared, one submission of a conversation at a time, an identical
 * one answered from memory. When its outcome is settled it leaves, and gives its memory back.
 */
export function createAdmission({
  preparer,
  memoryBound,
  calls,
  outcomes,
  counters,
  changed,
  onCrashAt,
  monotonic,
  brokerNow,
}: {
  preparer: Pick<Preparer, 'prepare'>
  memoryBound: Pick<MemoryBound, 'leave'>
  calls: Pick<CallRunner, 'add' | 'drop'>
  outcomes: Pick<OutcomeDelivery, 'fromMemory' | 'expired' | 'unreadable' | 'forget'>
  counters: { countSuspicion(kind: SuspicionKind): void; countMasked(counts: Masked['counts']): void }
  /** There is memory for more records, or less work waits. */
  changed: () => void
  /** An error that is not known, at this very record. */
  onCrashAt: (place: { owned: OwnedPartition; offset: number }, error: unknown) => void
  monotonic: () => number
  /** The broker's time, epoch ms; null while it is not known. */
  brokerNow: () => number | null
}): Admission {
  const order = createConversationOrder<Admitted>()

  /** No older submission of its conversation is in work: it goes ahead, now or when it is prepared. */
  function goAhead(admitted: Admitted): void {
    admitted.mayGo = true
    if (admitted.work !== null) ask(admitted.work)
  }

  function ask(work: Work): void {
    if (!outcomes.fromMemory(work)) calls.add(work)
  }

  function take(admitted: Admitted, { masked, ...prepared }: Prepared): void {
    const { record, owned, lane, conversationId, occurredAt, waitingSince } = admitted
    const group = prepared.suspicion === null ? null : ownGroup({ record })
    const fresh = { attempts: 0, spoilt: 0, unanswered: NEVER_UNANSWERED, refusedSince: null }
    const work: Work = { record, owned, lane, conversationId, occurredAt, waitingSince, ...prepared, ...fresh, group }
    counters.countMasked(masked)
    if (prepared.suspicion !== null) counters.countSuspicion(prepared.suspicion)
    admitted.work = work
    if (admitted.mayGo) ask(work)
  }

  async function takeLater(admitted: Admitted, preparing: Promise<Preparation>): Promise<void> {
    const { record, owned, conversationId } = admitted
    try {
      const preparation = await preparing
      if (owned.lost.aborted || preparation.kind === 'stopped') return
      if (preparation.kind === 'prepared') return take(admitted, preparation.prepared)
      void outcomes.unreadable(admitted, { ...TOO_COSTLY, detail: preparation.detail, conversationId })
    } catch (error) {
      onCrashAt({ owned, offset: record.offset }, error)
    }
  }

  function waitingSince({ appendedAt }: ConsumedRecord): number {
    const onItsWayMs = (brokerNow() ?? appendedAt) - appendedAt
    return monotonic() - Math.min(Math.max(onItsWayMs, 0), MAX_WAY_MS)
  }

  return {
    admit: (conversation, record, owned, lane) => {
      const { conversation_id: conversationId, messages } = conversation
      const about = {
        conversationId,
        occurredAt: occurredAtOf(messages, { submittedAt: originOf(record).appended_at }),
      }
      const since = waitingSince(record)
      const admitted: Admitted = { record, owned, lane, ...about, waitingSince: since, work: null, mayGo: false }
      const prepared = preparer.prepare(conversation, record.value?.length ?? 0)
      admitted.mayGo = order.enter(admitted)
      if (prepared instanceof Promise) void takeLater(admitted, prepared)
      else take(admitted, prepared)
    },
    giveUp: (record, owned, problem) => outcomes.unreadable({ record, owned }, problem),
    giveUpOld: (oldest) => outcomes.expired(calls.drop(({ record }) => record.appendedAt < oldest)),
    forget: (lost) => {
      for (const owned of lost) outcomes.forget(owned)
      const isGone = ({ owned }: InWork) => owned.lost.aborted
      const waiting = calls.drop(isGone)
      const { gone, next } = order.drop(isGone)
      for (const { record } of [...waiting, ...gone]) memoryBound.leave(record)
      for (const admitted of next) goAhead(admitted)
      changed()
    },
    leave: (works) => {
      for (const work of works) {
        memoryBound.leave(work.record)
        const next = isOrdered(work) ? order.leave(work) : undefined
        if (next !== undefined) goAhead(next)
      }
      changed()
    },
  }
}

/** A record that could not be read is of no conversation. */
const isOrdered = (work: InWork): work is InWork & { conversationId: string } => 'conversationId' in work

/**
 * A conversation that was taken in: prepared when `work` is there, and asked about when no older submission of it is in
 * work.
 */
interface Admitted extends InWork {
  conversationId: string
  occurredAt: number | null
  lane: Lane
  waitingSince: number
  work: Work | null
  mayGo: boolean
}

/**
 * BATCH_FLUSH_SECONDS counts from the append: the time from there to here, some milliseconds, is a part of it. Not more
 * of it, or a backlog would be due as it comes, and leave in batches that are not full.
 */
const MAX_WAY_MS = 25

const TOO_COSTLY = {
  class: 'too_large' as const,
  title: 'The conversation takes too long to read',
  retryable: true, // on a machine that is less busy, or by a later version
}
