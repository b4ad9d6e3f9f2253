import type { Work } from '../work/work.ts'

/** The conversations of unanswered calls, in the batches in which they are asked about again. */
export interface UnansweredQueue {
  push(works: readonly Work[]): void
  /** Milliseconds until a batch may go: 0 when one may now; null when there is none. */
  dueInMs(now: number): number | null
  /** The batch that has waited longest of those that may go; empty when none may. */
  take(now: number): Work[]
  drop(isGone: (work: Work) => boolean): Work[]
  size(): number
}

export function createUnansweredQueue(): UnansweredQueue {
  let queue: Work[] = []
  return {
    push: (works) => {
      queue = [...queue, ...works]
    },
    dueInMs: (now) => {
      if (queue.length === 0) return null
      return Math.max(0, queue.reduce((least, { unanswered }) => Math.min(least, unanswered.notBefore), Infinity) - now)
    },
    take: (now) => {
      const first = queue.find(({ unanswered }) => unanswered.notBefore <= now)
      if (first === undefined) return []
      const works = queue.filter(({ group }) => group === first.group)
      queue = queue.filter(({ group }) => group !== first.group)
      return works
    },
    drop: (isGone) => {
      const gone = queue.filter(isGone)
      queue = queue.filter((work) => !isGone(work))
      return gone
    },
    size: () => queue.length,
  }
}
