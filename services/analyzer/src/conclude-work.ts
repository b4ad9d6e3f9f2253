import type { OutgoingRecord } from '@insights/runtime/kafka/records'
import type { Ledger } from './commit-settled.ts'
import type { InWork } from './work.ts'

export interface Concluder {
  /** Publish, then settle, then commit: in this order (I5). Resolves when it is settled; never rejects. */
  conclude(outcomes: readonly OutgoingRecord[], done: readonly InWork[]): Promise<void>
  /** Resolves when everything under way is settled. */
  concluded(): Promise<void>
}

/** The end of the way of a record: its outcome in Kafka, its place in the ledger and in the room given back. */
export function createConcluder({
  publishAll,
  settle,
  leaveRoom,
  onCrash,
}: {
  /** True when all are acknowledged, false when the publisher was stopped before. */
  publishAll: (outcomes: readonly OutgoingRecord[]) => Promise<boolean>
  settle: Ledger['settle']
  leaveRoom: (done: readonly InWork[]) => void
  onCrash: (error: unknown) => void
}): Concluder {
  const underWay = new Set<Promise<void>>()

  async function run(outcomes: readonly OutgoingRecord[], done: readonly InWork[]): Promise<void> {
    try {
      const acknowledged = await publishAll(outcomes)
      leaveRoom(done)
      if (!acknowledged) return
      const byLease = Map.groupBy(done, ({ lease }) => lease)
      for (const [lease, works] of byLease) settle(lease, placesOf(works))
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
      await Promise.all(underWay)
    },
  }
}

const placesOf = (works: readonly InWork[]) => works.map(({ record }) => record)
