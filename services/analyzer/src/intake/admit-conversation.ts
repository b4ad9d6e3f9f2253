import type { OutgoingRecord, ConsumedRecord } from '@insights/runtime/kafka/records'
import type { ConversationReceived } from '@insights/schemas/events/conversation-received'
import type { Analysis } from '../calls/analyze-batch.ts'
import { createConcluder } from '../outcomes/conclude-work.ts'
import type { Committer } from '../partitions/commit-settled.ts'
import { createConversationOrder } from './order-conversations.ts'
import type { OwnedPartition } from '../partitions/own-partitions.ts'
import type { Preparation, Preparer } from '../text/create-preparer.ts'
import type { Prepared } from '../text/prepare-conversation.ts'
import type { Lane } from '../work/lane.ts'
import { createInsightMemory } from '../outcomes/remember-insights.ts'
import type { MemoryBound } from './memory-bound.ts'
import type { CallRunner } from '../calls/run-calls.ts'
import type { CallFacts } from '../work/call-facts.ts'
import type { ItemOutcome } from '../work/item-outcome.ts'
import type { SuspicionKind } from '../text/injection/detect-suspicion.ts'
import type { Masked } from '../text/pii/mask-pii.ts'
import type { OutcomeRecords, UnreadableProblem } from '../outcomes/to-outcome-records.ts'
import { ownGroup, NEVER_UNANSWERED, type InWork, type Work } from '../work/work.ts'

export interface Admission {
  /** Takes on a conversation: from here it ends as one insight or one failure, or another member takes it over. */
  admit(conversation: ConversationReceived, record: ConsumedRecord, owned: OwnedPartition, lane: Lane): void
  /** Takes on a record that can never be read. Resolves when its failure is settled. */
  giveUp(record: ConsumedRecord, owned: OwnedPartition, problem: UnreadableProblem): Promise<void>
  /** A call's answer was judged: publishes what came of it. What goes again, the calls take back by themselves. */
  finish(call: CallFacts, decided: Extract<Analysis, { kind: 'decided' }>): void
  /**
   * Gives up what was appended before `oldest` (broker's epoch ms) and still waits. What is in a call, the call
   * decides.
   */
  giveUpOld(oldest: number): void
  /** These are not ours any more: what waits of them is forgotten, what waited for them goes ahead. */
  forget(lost: readonly OwnedPartition[]): void
  /** These have ended, one way or the other: what waited for them or for their memory goes ahead. */
  leave(works: readonly (InWork | Work)[]): void
  /** Resolves when every outcome under way is settled. */
  concluded(): Promise<void>
}

/**
 * Takes a conversation from its admission to its acknowledged outcome, around the calls: one submission of a
 * conversation at a time, an identical one answered from memory, outcomes published and then settled, memory given
 * back.
 */
export function createAdmission({
  preparer,
  memoryBytes,
  maxAge,
  memoryBound,
  records,
  calls,
  publishAll,
  settle,
  goOn,
  counters,
  onCrash,
  onCrashAt,
  monotonic,
  brokerNow,
}: {
  preparer: Pick<Preparer, 'prepare'>
  memoryBytes: number
  /** In words, for the failure of what is older. */
  maxAge: string
  memoryBound: Pick<MemoryBound, 'leave'>
  records: Pick<OutcomeRecords, 'insights' | 'repeated' | 'givenUp' | 'unreadable'>
  calls: Pick<CallRunner, 'add' | 'drop' | 'recheck'>
  /** True when all are acknowledged, false when the publisher was stopped before. */
  publishAll: (outcomes: readonly OutgoingRecord[]) => Promise<boolean>
  settle: Committer['settle']
  /** There may be memory for more records. */
  goOn: () => void
  counters: {
    countItems(outcome: ItemOutcome, count: number): void
    countSuspicion(kind: SuspicionKind): void
    countMasked(counts: Masked['counts']): void
  }
  onCrash: (error: unknown) => void
  /** An error that is not known, at this very record. */
  onCrashAt: (place: { owned: OwnedPartition; offset: number }, error: unknown) => void
  monotonic: () => number
  /** The broker's time, epoch ms; null while it is not known. */
  brokerNow: () => number | null
}): Admission {
  const memory = createInsightMemory({ perPartition: REMEMBERED, maxBytes: memoryBytes })
  const order = createConversationOrder<Admitted>()
  const { conclude, concluded } = createConcluder<InWork | Admitted | Work>({ publishAll, settle, leave, onCrash })

  /** No older submission of its conversation is in work: it goes ahead, now or when it is prepared. */
  function goAhead(admitted: Admitted): void {
    admitted.mayGo = true
    if (admitted.work !== null) ask(admitted.work)
  }

  function ask(work: Work): void {
    const known = memory.recall(work.owned.partition, work.insightId)
    if (known === undefined) return calls.add(work)
    counters.countItems('repeated', 1)
    void conclude([records.repeated(known, work)], [work])
  }

  function take(admitted: Admitted, { masked, ...prepared }: Prepared): void {
    const { record, owned, lane, conversationId, waitingSince } = admitted
    const group = prepared.suspicion === null ? null : ownGroup({ record })
    const fresh = { attempts: 0, spoilt: 0, unanswered: NEVER_UNANSWERED }
    const work: Work = { record, owned, lane, conversationId, waitingSince, ...prepared, ...fresh, group }
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
      counters.countItems('unreadable', 1)
      const problem = { ...TOO_COSTLY, detail: preparation.detail, conversationId }
      void conclude([records.unreadable(record, problem)], [admitted])
    } catch (error) {
      onCrashAt({ owned, offset: record.offset }, error)
    }
  }

  function waitingSince({ appendedAt }: ConsumedRecord): number {
    const onItsWayMs = (brokerNow() ?? appendedAt) - appendedAt
    return monotonic() - Math.min(Math.max(onItsWayMs, 0), MAX_WAY_MS)
  }

  function leave(works: readonly (InWork | Admitted | Work)[]): void {
    for (const work of works) {
      memoryBound.leave(work.record)
      const next = 'conversationId' in work ? order.leave(work) : undefined
      if (next !== undefined) goAhead(next)
    }
    goOn()
  }

  return {
    admit: (conversation, record, owned, lane) => {
      const conversationId = conversation.conversation_id
      const since = waitingSince(record)
      const admitted: Admitted = { record, owned, lane, conversationId, waitingSince: since, work: null, mayGo: false }
      const prepared = preparer.prepare(conversation, record.value?.length ?? 0)
      admitted.mayGo = order.enter(admitted)
      if (prepared instanceof Promise) void takeLater(admitted, prepared)
      else take(admitted, prepared)
    },
    giveUp: (record, owned, problem) => {
      counters.countItems('unreadable', 1)
      return conclude([records.unreadable(record, problem)], [{ record, owned }])
    },
    finish: (call, { outcomes, answeredBy, usage }) => {
      const { accepted, failed, again } = outcomes
      counters.countItems('accepted', accepted.length)
      counters.countItems('failed', failed.length)
      counters.countItems('again', again.length)
      const insights = records.insights(call, accepted, answeredBy, usage)
      insights.forEach(({ insight }, i) => {
        const owned = accepted[i]?.work.owned
        if (owned !== undefined && !owned.lost.aborted) memory.remember(owned.partition, insight)
      })
      void conclude(
        [...insights.map(({ record }) => record), ...failed.map(records.givenUp)],
        [...accepted, ...failed].map(({ work }) => work),
      )
    },
    giveUpOld: (oldest) => {
      const old = calls.drop(({ record }) => record.appendedAt < oldest)
      counters.countItems('expired', old.length)
      for (const work of old) void conclude([records.givenUp({ work, ...expired(maxAge) })], [work])
    },
    forget: (lost) => {
      for (const { partition } of lost) memory.forget(partition)
      const isGone = ({ owned }: InWork) => owned.lost.aborted
      const waiting = calls.drop(isGone)
      const { gone, next } = order.drop(isGone)
      for (const { record } of [...waiting, ...gone]) memoryBound.leave(record)
      for (const admitted of next) goAhead(admitted)
      calls.recheck()
    },
    leave,
    concluded,
  }
}

/**
 * A conversation that was taken in: prepared when `work` is there, and asked about when no older submission of it is in
 * work.
 */
interface Admitted extends InWork {
  conversationId: string
  lane: Lane
  waitingSince: number
  work: Work | null
  mayGo: boolean
}

/** Insights of a partition, so that a re-posted conversation is answered without a call. */
const REMEMBERED = 500

/**
 * BATCH_FLUSH_SECONDS counts from the append: the time from there to here, some milliseconds, is a part of it. Not more
 * of it, or a backlog would be due as it comes, and leave in batches that are not full.
 */
const MAX_WAY_MS = 25

const expired = (maxAge: string) => ({
  class: 'expired' as const,
  title: 'The conversation could not be analysed in time',
  detail: `it is older than ANALYSIS_MAX_AGE=${maxAge}; what the model said to it was never known`,
})

const TOO_COSTLY = {
  class: 'too_large' as const,
  title: 'The conversation takes too long to read',
  retryable: true, // on a machine that is less busy, or by a later version
}
