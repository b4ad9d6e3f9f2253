import { compareOrigins } from '@insights/schemas/events/compare-origins'
import type { Origin } from '@insights/schemas/events/origin'
import { compareErasures, compareInsights, comparePlaces } from './compare-age.ts'
import type { Event } from './events.ts'
import type { Failure, State, Submission } from './state.ts'

/**
 * The state after an event. Each part keeps the newest of what it was told, by an order that does not ask when it was
 * read: any order, repetition or replay of the same events ends in the same state (I7). An event that tells nothing new
 * returns the very state.
 */
export const mergeEvent = (state: State, event: Event): State => merge(state, event, (failures) => new Map(failures))

/**
 * The state after these events, one after the other. Failures are copied once and not for each event: ten thousand of
 * one conversation, of a sender that sends nothing else than what cannot be read, would take longer than a transaction
 * may.
 */
export function mergeEvents(state: State, events: readonly Event[]): State {
  const own = new Set<State['failures']>()
  const copyOnce: Copy = (failures) => {
    const copy = own.has(failures) ? (failures as Map<string, Failure>) : new Map(failures)
    own.add(copy)
    return copy
  }
  return events.reduce((merged, event) => merge(merged, event, copyOnce), state)
}

/** Failures that may be changed. */
type Copy = (failures: State['failures']) => Map<string, Failure>

function merge(state: State, event: Event, copy: Copy): State {
  switch (event.kind) {
    case 'received':
      return mergeSubmission(state, event.origin, (submission) =>
        submission.received !== null && comparePlaces(event.received.place, submission.received.place) <= 0
          ? submission
          : { ...submission, received: event.received },
      )
    case 'started':
      return mergeSubmission(state, event.origin, (submission) =>
        submission.started !== null && comparePlaces(event.started.place, submission.started.place) <= 0
          ? submission
          : { ...submission, started: event.started },
      )
    case 'produced':
      return mergeInsight(state, event)
    case 'erased':
      return mergeErasure(state, event)
    case 'failed':
      return mergeFailure(state, event, copy)
  }
}

/** Whether a submission is erased. With an insight newer than the erasure there is no mark: what is older is past. */
const isErased = ({ erasure }: State, { appended_at }: Origin): boolean =>
  erasure !== null && appended_at <= erasure.erasedThrough

function mergeSubmission(state: State, origin: Origin, add: (submission: Submission) => Submission): State {
  if (isErased(state, origin)) return state
  const known = state.submission
  const age = known === null ? 1 : compareOrigins(origin, known.origin)
  if (age < 0) return state
  const submission = add(age === 0 && known !== null ? known : { origin, received: null, started: null })
  return submission === known ? state : { ...state, submission }
}

/** Resolves what failed up to its submission, and ends the erasure of what was before it. */
function mergeInsight(state: State, { insight }: Extract<Event, { kind: 'produced' }>): State {
  if (isErased(state, insight.origin)) return state
  if (state.insight !== null && compareInsights(insight, state.insight) <= 0) return state
  const failures = keepFailures(state, ({ origin }) => compareOrigins(origin, insight.origin) > 0)
  const merged = mergeSubmission(state, insight.origin, (submission) => submission)
  return { ...merged, insight, erasure: null, failures }
}

function mergeErasure(state: State, { erasedThrough, place }: Extract<Event, { kind: 'erased' }>): State {
  const { insight, submission } = state
  const erasure = { erasedThrough, place }
  const covers = ({ appended_at }: Origin) => appended_at <= erasedThrough
  if (insight !== null && !covers(insight.origin)) return state
  if (state.erasure !== null && compareErasures(erasure, state.erasure) <= 0) return state
  const failures = keepFailures(state, ({ origin }) => !covers(origin))
  const isGone = submission !== null && covers(submission.origin)
  return { submission: isGone ? null : submission, insight: null, erasure, failures }
}

function mergeFailure(
  state: State,
  { id, isOfSubmission, failure }: Extract<Event, { kind: 'failed' }>,
  copy: Copy,
): State {
  const { origin } = failure
  if (isErased(state, origin)) return state
  const merged = isOfSubmission ? mergeSubmission(state, origin, (submission) => submission) : state
  if (state.insight !== null && compareOrigins(origin, state.insight.origin) <= 0) return merged
  const known = state.failures.get(id)
  if (known !== undefined && comparePlaces(failure.place, known.place) <= 0) return merged
  return { ...merged, failures: copy(state.failures).set(id, failure) }
}

function keepFailures({ failures }: State, isKept: (failure: Failure) => boolean): State['failures'] {
  const kept = [...failures].filter(([, failure]) => isKept(failure))
  return kept.length === failures.size ? failures : new Map(kept)
}
