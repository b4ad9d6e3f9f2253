import type { OutgoingRecord } from '@insights/runtime/kafka/records'
import type { Committer } from '../partitions/commit-settled.ts'
import type { InWork } from '../work/work.ts'

export interface Concluder<W extends InWork> {
  /** Publish, then settle, then commit: in this order (I5). Resolves when it is settled; never rejects. */
  conclude(outcomes: readonly OutgoingRecord[], done: readonly W[]): Promise<void>
  /** Resolves when everything under way is settled. */
  concluded(): Promise<void>
}

/** Ends the work on a record: its outcome in Kafka, its offset settled, its memory given back. */
export function createConcluder<W extends InWork>({
  publishAll,
  settle,
  leave,
  onCrash,
}: {
  /** True when all are acknowledged, false when the publisher was stopped before. */
  publishAll: (outcomes: readonly OutgoingRecord[]) => Promise<boolean>
  settle: Committer['settle']
  /** After the settling: what waited for these may go ahead. */
  leave: (done: readonly W[]) => void
  onCrash: (error: unknown) => void
}): Concluder<W> {
  const underWay = new Set<Promise<void>>()

  async function run(outcomes: readonly OutgoingRecord[], done: readonly W[]): Promise<void> {
    try {
      const acknowledged = await publishAll(outcomes)
      if (acknowledged) settle(done.map(({ owned, record }) => ({ owned, offset: record.offset })))
      leave(done)
    } catch (error) {
      onCrash(error)
    }
  }

  return {
    conclude: async (outcomes, done) => {
      const conclusion = run(outcomes, done)
      underWay.add(conclusion)
      await conclusion
      underWay.delete(conclusion)
    },
    concluded: async () => {
      while (underWay.size > 0) await Promise.all(underWay)
    },
  }
}
