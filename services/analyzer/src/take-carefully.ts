import { pause } from '@insights/runtime/kafka/backoff'
import type { Committer } from './commit-settled.ts'
import type { Mark } from './encode-mark.ts'
import { endedBy } from './caution.ts'
import type { OwnedPartition } from './own-partitions.ts'

export interface CarefulTaking {
  /** Before the first record of a partition that is new here. False: the partition is not ours any more. */
  begin(owned: OwnedPartition, offset: number, over: readonly AbortSignal[]): Promise<boolean>
  /** Takes a record in; undefined: the partition is not ours any more. Rejects with what `take` rejects with: a crash. */
  take<T extends { prepared?: Promise<void> | undefined }>(
    owned: OwnedPartition,
    offset: number,
    over: readonly AbortSignal[],
    take: () => Promise<T>,
  ): Promise<T | undefined>
  /** An error that is not known was met at this record and will end the process: the next one shall know it. Never rejects. */
  blame(place: { owned: OwnedPartition; offset: number }): Promise<void>
}

/** Leaves the marks of caution.ts around the taking in of records. */
export function createCarefulTaking({ mark }: Pick<Committer, 'mark'>): CarefulTaking {
  const tell = (owned: OwnedPartition, what: Mark | null, over: readonly AbortSignal[]) =>
    unlessAborted(mark(owned, what), over)

  /** With Kafka away the process ends without the mark, and the error comes once more. */
  const blame: CarefulTaking['blame'] = async ({ owned, offset }) => {
    const taking: Mark = { kind: 'taking', offset, ended: endedBy(owned.caution, offset) }
    await Promise.race([mark(owned, taking), pause(MARK_TIMEOUT_MS)])
  }

  async function take<T extends { prepared?: Promise<void> | undefined }>(
    owned: OwnedPartition,
    offset: number,
    over: readonly AbortSignal[],
    take: () => Promise<T>,
  ): Promise<T | undefined> {
    const { caution } = owned
    const isCareful = caution.carefulFor > 0
    if (isCareful) {
      caution.carefulFor--
      const taking: Mark = { kind: 'taking', offset, ended: endedBy(caution, offset) }
      if (!(await tell(owned, taking, over))) return undefined
    }
    try {
      const taken = await take()
      if (!isCareful) return taken
      await taken.prepared
      return (await tell(owned, owned.settled > 0 ? null : BEGUN, over)) ? taken : undefined
    } catch (error) {
      await blame({ owned, offset })
      throw error
    }
  }

  return {
    begin: async (owned, offset, over) => {
      if (owned.settled > 0 || owned.caution.mark !== null) return true
      owned.tracker.merge({ offset, metadata: null }) // where nothing was ever committed, nothing can be marked
      return tell(owned, BEGUN, over)
    },
    take,
    blame,
  }
}

const BEGUN: Mark = { kind: 'begun' }
/** Of the time that a stop has. */
const MARK_TIMEOUT_MS = 2_000

/** False as soon as one of the signals aborts. */
async function unlessAborted(answer: Promise<boolean>, signals: readonly AbortSignal[]): Promise<boolean> {
  if (signals.some(({ aborted }) => aborted)) return false
  const answered = new AbortController()
  const { promise: aborted, resolve } = Promise.withResolvers<false>()
  for (const signal of signals) {
    signal.addEventListener('abort', () => resolve(false), { once: true, signal: answered.signal })
  }
  try {
    return await Promise.race([answer, aborted])
  } finally {
    answered.abort()
  }
}
