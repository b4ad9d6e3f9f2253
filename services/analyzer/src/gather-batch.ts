import type { Work } from './work.ts'

export interface Gatherer {
  add(work: Work): void
  /** To the front, in their order: for conversations that were taken already and go again. */
  putBack(works: readonly Work[]): void
  /** Milliseconds until a batch should leave: 0 when one is full or its oldest has waited long enough; null when empty. */
  dueInMs(now: number): number | null
  /** The next batch, full or not; empty when nothing waits. */
  take(): Work[]
  /** Forgets every conversation for which `isGone` and returns them. */
  drop(isGone: (work: Work) => boolean): Work[]
  size(): number
}

/**
 * Conversations wait here for a call. A batch ends at `batchSize` conversations, before `maxTokens` estimated tokens are
 * exceeded (a single conversation always fits), or at the smallest `share` among its members.
 */
export function createGatherer({
  batchSize,
  maxTokens,
  flushMs,
}: {
  batchSize: number
  maxTokens: number
  flushMs: number
}): Gatherer {
  let again: Work[] = []
  let fresh: Work[] = []
  /** Of `fresh`, what has been taken: shifting a long array for each batch would cost its length. */
  let taken = 0

  const at = (i: number): Work | undefined => (i < again.length ? again[i] : fresh[taken + i - again.length])

  function nextBatch(): { count: number; full: boolean } {
    let tokens = 0
    let limit = batchSize
    for (let count = 0; ; count++) {
      const work = at(count)
      if (count >= limit) return { count, full: true }
      if (work === undefined) return { count, full: false }
      tokens += work.tokens
      if (count > 0 && (tokens > maxTokens || work.share <= count)) return { count, full: true }
      limit = Math.min(limit, work.share)
    }
  }

  return {
    add: (work) => void fresh.push(work),
    putBack: (works) => {
      again = [...works, ...again]
    },
    dueInMs: (now) => {
      const oldest = at(0)
      if (oldest === undefined) return null
      return nextBatch().full ? 0 : Math.max(0, oldest.waitingSince + flushMs - now)
    },
    take: () => {
      const { count } = nextBatch()
      const batch = again.splice(0, count)
      while (batch.length < count) batch.push(fresh[taken++] as Work)
      if (taken > 1_000 || taken === fresh.length) {
        fresh = fresh.slice(taken)
        taken = 0
      }
      return batch
    },
    drop: (isGone) => {
      const all = [...again, ...fresh.slice(taken)]
      again = again.filter((work) => !isGone(work))
      fresh = fresh.slice(taken).filter((work) => !isGone(work))
      taken = 0
      return all.filter(isGone)
    },
    size: () => again.length + fresh.length - taken,
  }
}
