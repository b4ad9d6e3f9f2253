import { compareOrigins } from '@insights/schemas/events/compare-origins'
import { comparePlaces } from './compare-age.ts'
import type { Failure, Place, State, Submission } from './state.ts'

export type Status = 'queued' | 'processing' | 'completed' | 'failed'

/** What follows from a state: the columns that no event tells. */
export interface Conclusion {
  status: Status
  /** Epoch ms. */
  finishedAt: number | null
  attempts: number
}

/**
 * What became of the newest submission. It is completed once it has an answer, also while it is analysed again. After
 * a failure a copy that was published again is queued once more; then a failure or a call counts that came after it, by
 * the broker's clock.
 */
export function conclude({ submission, insight, failures }: State & { submission: Submission }): Conclusion {
  const { origin, started } = submission
  if (insight !== null && compareOrigins(insight.origin, origin) === 0) {
    return { status: 'completed', finishedAt: insight.createdAt, attempts: insight.attempts }
  }
  const failure = lastFailure(failures, submission)
  if (failure !== null && isAfter(failure.place, submission)) {
    return { status: 'failed', finishedAt: failure.failedAt, attempts: failure.attempts }
  }
  if (started !== null && isAfter(started.place, submission)) {
    return { status: 'processing', finishedAt: null, attempts: started.attempt }
  }
  return { status: 'queued', finishedAt: null, attempts: 0 }
}

/** What could not be stored is no outcome of the analysis. */
function lastFailure(failures: State['failures'], { origin }: Submission): Failure | null {
  const own = [...failures.values()].filter(
    (failure) => failure.class !== 'unprojectable' && compareOrigins(failure.origin, origin) === 0,
  )
  return own.toSorted((a, b) => comparePlaces(b.place, a.place))[0] ?? null
}

/** Brokers' clocks differ a little: what belongs to the only copy came after it, whatever they say. */
function isAfter(place: Place, { origin, received }: Submission): boolean {
  if (received === null) return true
  const { partition, offset, appendedAt } = received.place
  const isFirst = partition === origin.partition && offset === origin.offset
  return isFirst || place.appendedAt >= appendedAt
}
