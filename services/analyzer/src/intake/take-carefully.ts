import { unlessAborted, within } from '@insights/runtime/deadline'
import { endedBy, type Mark } from '@insights/runtime/kafka/consume/crash-marks'
import type { Committer } from '../partitions/commit-settled.ts'
import { createAloneRunner } from './run-alone.ts'
import type { OwnedPartition } from '../partitions/owned-partition.ts'

export interface CarefulTaking {
  /** Before the first record of a partition that is new here. False: the partition is not ours any more. */
  begin(owned: OwnedPartition, offset: number, over: readonly AbortSignal[]): Promise<boolean>
  /**
   * Takes a record in; undefined: the partition is not ours any more. Rejects with what `take` rejects with: a crash.
   */
  take<T>(
    owned: OwnedPartition,
    offset: number,
    over: readonly AbortSignal[],
    take: () => Promise<T>,
  ): Promise<T | undefined>
  /**
   * An error that is not known was met at this record and will end the process: the next one shall know it. Never
   * rejects.
   */
  blame(place: { owned: OwnedPartition; offset: number }): Promise<void>
}

/** Leaves the marks of crash-marks.ts around the taking in of records. */
export function createCarefulTaking({ mark }: Pick<Committer, 'mark'>): CarefulTaking {
  const { run } = createAloneRunner()
  const tell = (owned: OwnedPartition, what: Mark | null, over: readonly AbortSignal[]) =>
    unlessAborted(over, mark(owned, what)).then((answer) => answer === true)

  /** With Kafka away the process ends without the mark, and the error comes once more. */
  const blame: CarefulTaking['blame'] = async ({ owned, offset }) => {
    const taking: Mark = { kind: 'taking', offset, ended: endedBy(owned.caution, offset) }
    await within(MARK_TIMEOUT_MS, mark(owned, taking))
  }

  async function takeMarked<T>(
    owned: OwnedPartition,
    offset: number,
    over: readonly AbortSignal[],
    take: () => Promise<T>,
  ): Promise<T | undefined> {
    const { caution } = owned
    const { mark: before } = caution
    owned.takenCarefully()
    if (!(await tell(owned, { kind: 'taking', offset, ended: endedBy(caution, offset) }, over))) {
      // A stop or a rebalance, and not this record, ends its taking: with the mark left behind it would look as if it
      // were.
      void mark(owned, before)
      return undefined
    }
    // Not with what a thread goes on with: a process that is stopped meanwhile would leave an innocent record marked.
    const taken = await take()
    return (await tell(owned, owned.settled > 0 ? null : BEGUN, over)) ? taken : undefined
  }

  return {
    begin: async (owned, offset, over) => {
      if (owned.settled > 0 || owned.caution.mark !== null) return true
      owned.tracker.merge({ offset, metadata: null }) // where nothing was ever committed, nothing can be marked
      return tell(owned, BEGUN, over)
    },
    take: async (owned, offset, over, take) => {
      const alone = owned.caution.carefulFor > 0
      try {
        // Alone, or a record of another partition that ends the process would leave this one marked.
        return await run(() => (alone ? takeMarked(owned, offset, over, take) : take()), { alone })
      } catch (error) {
        await blame({ owned, offset })
        throw error
      }
    },
    blame,
  }
}

const BEGUN: Mark = { kind: 'begun' }
/** Of the time that a stop has. */
const MARK_TIMEOUT_MS = 2_000
