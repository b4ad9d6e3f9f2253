import type { Accepted, GivenUp } from '../answer/decide-outcomes.ts'
import type { Publisher } from '@insights/runtime/kafka/publisher'
import type { Committer } from '../partitions/commit-settled.ts'
import type { OwnedPartition } from '../partitions/owned-partition.ts'
import type { Usage } from '../provider/divide-usage.ts'
import type { CallFacts } from '../work/call-facts.ts'
import type { ItemOutcome } from '../work/item-outcome.ts'
import type { InWork, Work } from '../work/work.ts'
import { createConcluder } from './conclude-work.ts'
import { publishOutcomes } from './publish-outcomes.ts'
import { createInsightMemory } from './remember-insights.ts'
import type { OutcomeRecords, UnreadableProblem } from './to-outcome-records.ts'

export interface OutcomeDelivery {
  start(handlers: {
    /** These have ended, one way or the other. */
    onLeft: (works: readonly InWork[]) => void
  }): void
  /** A call was answered; the answer's `model` and `usage` are null where the provider did not say. */
  ofCall(
    call: CallFacts,
    decided: { accepted: readonly Accepted[]; failed: readonly GivenUp[]; again: readonly Work[] },
    answer: { model: string | null; usage: Usage | null },
  ): void
  /** Of a lost partition: another member does the work. */
  lost(works: readonly Work[]): void
  /** Answers an identical submission from memory; false when its answer is not known. */
  fromMemory(work: Work): boolean
  expired(works: readonly Work[]): void
  /** Resolves when the failure is settled. */
  unreadable(inWork: InWork, problem: UnreadableProblem): Promise<void>
  /** The partition is lost: another member may answer its conversations now. */
  forget(owned: OwnedPartition): void
  /** Resolves when every outcome under way is settled. */
  concluded(): Promise<void>
}

/** What became of a conversation: counted, put into a record, published, and only then settled (I5). */
export function createOutcomeDelivery({
  records,
  memoryBytes,
  publish,
  settle,
  counters,
  maxAge,
  onCrash,
}: {
  records: Pick<OutcomeRecords, 'insights' | 'repeated' | 'givenUp' | 'unreadable'>
  /** For insights that are kept to answer identical submissions. */
  memoryBytes: number
  publish: Publisher['publish']
  settle: Committer['settle']
  counters: { countItems(outcome: ItemOutcome, count: number): void }
  /** In words, for the failure of what is older. */
  maxAge: string
  onCrash: (error: unknown) => void
}): OutcomeDelivery {
  const memory = createInsightMemory({ perPartition: REMEMBERED, maxBytes: memoryBytes })
  let onLeft: ((works: readonly InWork[]) => void) | undefined
  const leave = (works: readonly InWork[]) => onLeft?.(works)
  const { conclude, concluded } = createConcluder<InWork>({
    publishAll: (outcomes) => publishOutcomes(publish, outcomes),
    settle,
    leave,
    onCrash,
  })

  return {
    start: (handlers) => void ({ onLeft } = handlers),
    ofCall: (call, { accepted, failed, again }, { model, usage }) => {
      counters.countItems('accepted', accepted.length)
      counters.countItems('failed', failed.length)
      counters.countItems('again', again.length)
      const insights = records.insights(call, accepted, model, usage)
      insights.forEach(({ insight }, i) => {
        const owned = accepted[i]?.work.owned
        if (owned !== undefined && !owned.lost.aborted) memory.remember(owned.partition, insight)
      })
      void conclude(
        [...insights.map(({ record }) => record), ...failed.map(records.givenUp)],
        [...accepted, ...failed].map(({ work }) => work),
      )
    },
    lost: (works) => {
      if (works.length > 0) leave(works)
    },
    fromMemory: (work) => {
      const known = memory.recall(work.owned.partition, work.insightId)
      if (known === undefined) return false
      counters.countItems('repeated', 1)
      void conclude([records.repeated(known, work)], [work])
      return true
    },
    expired: (works) => {
      counters.countItems('expired', works.length)
      for (const work of works) void conclude([records.givenUp({ work, ...tooOld(maxAge) })], [work])
    },
    unreadable: (inWork, problem) => {
      counters.countItems('unreadable', 1)
      return conclude([records.unreadable(inWork.record, problem)], [inWork])
    },
    forget: ({ partition }) => memory.forget(partition),
    concluded,
  }
}

/** Insights of a partition, so that a re-posted conversation is answered without a call. */
const REMEMBERED = 500

const tooOld = (maxAge: string) => ({
  class: 'expired' as const,
  title: 'The conversation could not be analysed in time',
  detail: `it is older than ANALYSIS_MAX_AGE=${maxAge}; what the model said to it was never known`,
  retryable: true,
})
