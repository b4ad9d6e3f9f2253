import type { Event } from './events.ts'
import type { State } from './state.ts'

/**
 * RETENTION_DAYS: what is left of a state once everything that was submitted before `oldest` (epoch ms) has gone. Each
 * part goes by the age of its own submission, which is the same however often that was published again. So it does not
 * matter whether an old event is left out or merged first and expires then: both end in the same state (I7).
 */
export function expireState(state: State, oldest: number): State {
  const { submission, insight, erasure, failures } = state
  const kept = [...failures].filter(([, { origin }]) => origin.appended_at >= oldest)
  return {
    submission: submission !== null && submission.origin.appended_at >= oldest ? submission : null,
    insight: insight !== null && insight.origin.appended_at >= oldest ? insight : null,
    erasure: erasure !== null && erasure.erasedThrough >= oldest ? erasure : null,
    failures: kept.length === failures.size ? failures : new Map(kept),
  }
}

/** When the submission was made that an event is about; of an erasure, up to when it erases (epoch ms). */
export function ageOf(event: Event): number {
  switch (event.kind) {
    case 'received':
    case 'started':
      return event.origin.appended_at
    case 'produced':
      return event.insight.origin.appended_at
    case 'erased':
      return event.erasedThrough
    case 'failed':
      return event.failure.origin.appended_at
  }
}
