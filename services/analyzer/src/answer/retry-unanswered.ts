import { splitUp } from './split-batch.ts'
import type { Unanswered, Work } from '../work/work.ts'

/**
 * How the conversations of a call go on that broke without an answer: a timeout, a reset, a page in place of a
 * response. Nobody is charged, for it mostly is the world. But a conversation over which the model hangs would break
 * each of its calls, and must keep neither its company nor everybody else from being asked. After three breaks together
 * a company goes on in halves; who broke three times alone, and saw others answered since it began, is tried again ever
 * more rarely until it expires.
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
  /** Longest wait of one that breaks its calls. */
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
  const wait = alone < TOLERATED ? 0 : Math.min(maxWaitMs, FIRST_WAIT_MS * 2 ** (alone - TOLERATED))
  return withUnanswered(work, { together: 0, alone, answers: first, notBefore: now + wait })
}

/** It breaks its calls while the world answers: that is no weather, and must not hold up the others. */
export const isOftenUnanswered = (works: readonly Work[]): boolean =>
  works.length === 1 && (works[0]?.unanswered.alone ?? 0) >= TOLERATED

const TOLERATED = 3
const FIRST_WAIT_MS = 10_000
