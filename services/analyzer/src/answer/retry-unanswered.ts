import { doublingMs } from '@insights/runtime/backoff'
import { splitUp } from './split-batch.ts'
import type { Unanswered, Work } from '../work/work.ts'

/**
 * How the conversations of an unanswered call are asked about again: after a timeout, a reset, or a page in place of a
 * response. No conversation is charged, since the cause mostly is the provider or the network. But a conversation over
 * which the model hangs leaves each of its calls unanswered; it must not delay the other conversations of its call, nor
 * all others. After three unanswered calls together a batch is split into halves. A conversation that was alone in
 * three unanswered calls, while other calls have been answered since the first, is retried at growing intervals until
 * it expires.
 */
export function retryUnanswered(works: readonly Work[], circumstances: Circumstances): Work[] {
  if (works.length === 1) return splitUp(works, 1).map((work) => retryAlone(work, circumstances))
  const { answers } = circumstances
  const together = (work: Work) => work.unanswered.together + 1
  const isDone = works.every((work) => together(work) >= TOLERATED)
  const counted = works.map((work) =>
    withUnanswered(work, { together: isDone ? 0 : together(work), answers: work.unanswered.answers ?? answers }),
  )
  return splitUp(counted, isDone ? Math.ceil(works.length / 2) : works.length)
}

export interface Circumstances {
  /** Calls of this process that were answered so far. */
  answers: number
  /** Monotonic milliseconds. */
  now: number
  /** Longest wait of a conversation whose calls stay unanswered. */
  maxWaitMs: number
}

const withUnanswered = (work: Work, unanswered: Partial<Unanswered>): Work => ({
  ...work,
  unanswered: { ...work.unanswered, ...unanswered },
})

function retryAlone(work: Work, { answers, now, maxWaitMs }: Circumstances): Work {
  const first = work.unanswered.answers ?? answers
  const isToBlame = answers > first
  // During an outage they do not add up: what comes after it begins with the shortest wait.
  const alone = isToBlame ? work.unanswered.alone + 1 : Math.min(work.unanswered.alone + 1, TOLERATED - 1)
  const wait = alone < TOLERATED ? 0 : doublingMs(alone - TOLERATED, { baseMs: FIRST_WAIT_MS, capMs: maxWaitMs })
  return withUnanswered(work, { together: 0, alone, answers: first, notBefore: now + wait })
}

/**
 * Its calls stay unanswered while others are answered: that is no reason for a cool-down, and must not hold up the
 * others.
 */
export const isOftenUnanswered = (works: readonly Work[]): boolean =>
  works.length === 1 && (works[0]?.unanswered.alone ?? 0) >= TOLERATED

const TOLERATED = 3
const FIRST_WAIT_MS = 10_000
