import type { FailureClass } from '@insights/schemas/events/analysis-failed'
import type { FaultKind } from '@insights/grok-simulator/faults/fault-kinds'

/** What a fault costs a call with ten conversations (and a pair of canaries): proved by fault-catalogue.int.test.ts. */
export interface FaultRow {
  /** The fault hits one call: all ten get their insight. How many calls that takes, the one that was hit included. */
  once: { calls: readonly number[]; note?: string }
  /**
   * The fault hits every call that carries one of the ten: the nine others get their insight, and the one ends as told
   * (null: with an insight, too). Absent where a conversation cannot be why.
   */
  poison?: { ends: FailureClass | null; mostCalls: number; note?: string }
}

/** 2·log2 10 + 2 extra calls and the one that there is anyhow. */
const BISECTED = 9
const WORLD: FaultRow = { once: { calls: [2], note: 'calls are held, one probe, then as before' } }
const UNREADABLE: FaultRow = {
  once: { calls: [2], note: 'the same ten again' },
  poison: { ends: 'malformed_answer', mostCalls: BISECTED, note: 'the same ten again, then halves until it is alone' },
}
const halved = (ends: FailureClass): FaultRow => ({
  once: { calls: [3], note: 'two halves' },
  poison: { ends, mostCalls: BISECTED, note: 'halves until it is alone' },
})
const GOOD: FaultRow = { once: { calls: [1], note: 'nothing is lost' }, poison: { ends: null, mostCalls: 1 } }
const INVALID: FaultRow = {
  once: { calls: [2], note: 'only that one again; all ten where it was a canary' },
  poison: { ends: 'malformed_answer', mostCalls: 3, note: 'only that one again, MAX_RETRIES times' },
}
const MISSING: FaultRow = {
  once: { calls: [2, 11], note: 'only that one again; all ten one by one where it was a canary' },
  poison: { ends: 'missing_answer', mostCalls: 3, note: 'only that one again, MAX_RETRIES times' },
}
const OBEYED: FaultRow = {
  once: { calls: [11], note: 'the canaries show it: all ten one by one' },
  poison: { ends: null, mostCalls: 11, note: 'all ten one by one; no score but its own is the attacker’s' },
}
const BROKEN: FaultRow = {
  ...WORLD,
  poison: {
    ends: 'expired',
    mostCalls: Infinity,
    note: 'after three breaks in a row halves, until it is alone; it is tried until ANALYSIS_MAX_AGE',
  },
}

/** Every fault of the simulator; a kind without a row does not compile. */
export const faultCatalogue: Record<FaultKind, FaultRow> = {
  rate_limited: WORLD,
  too_many_tokens: WORLD,
  no_credits: WORLD,
  server_error: BROKEN,
  openai_shaped_error: WORLD,
  unavailable: WORLD,
  overloaded: WORLD,
  unavailable_in_200: WORLD,
  error_in_choice: BROKEN,
  error_without_choices: BROKEN,
  empty_answer: BROKEN,
  html_502: WORLD,
  redirected: WORLD,
  wrong_key: WORLD,
  blocked_key: WORLD,
  unknown_model: WORLD,
  html_200: UNREADABLE,
  context_overflow: halved('too_large'),
  too_large: halved('too_large'),
  plain_text_422: halved('refused'),
  invalid_content: halved('refused'),
  html_403: halved('refused'),
  filtered_prompt: halved('unsafe'),
  unsafe_content: halved('unsafe'),
  hang_before_headers: BROKEN,
  hang_in_body: BROKEN,
  hang_in_error_body: WORLD,
  reset_before_headers: BROKEN,
  reset_in_body: BROKEN,
  gzipped_answer: GOOD,
  gzipped_refusal: halved('unsafe'),
  undecodable_answer: UNREADABLE,
  json_garbage: UNREADABLE,
  fenced_json: GOOD,
  prose_around_json: GOOD,
  thinking_draft: GOOD,
  empty_draft: GOOD,
  two_answers: UNREADABLE,
  truncated: {
    once: {
      calls: [2, 3],
      note: 'what was closed is kept where both canaries were; the others again, at most half of them together',
    },
    poison: { ends: 'malformed_answer', mostCalls: BISECTED, note: 'halves until it is alone' },
  },
  length_empty: halved('malformed_answer'),
  content_filter: halved('refused'),
  refusal: halved('refused'),
  null_content: UNREADABLE,
  empty_choices: UNREADABLE,
  without_usage: GOOD,
  null_usage: GOOD,
  huge_body: UNREADABLE,
  missing_item: MISSING,
  duplicate_same: GOOD,
  duplicate_conflicting: INVALID,
  duplicate_keys: INVALID,
  unknown_id: MISSING,
  swapped_ids: {
    once: { calls: [1, 11], note: 'the canaries show it where one of them is crossed; else nothing does' },
    poison: { ends: null, mostCalls: 11 },
  },
  score_out_of_range: INVALID,
  score_as_text: INVALID,
  score_infinite: INVALID,
  score_nan: INVALID,
  score_null: INVALID,
  lone_surrogate: GOOD,
  extra_keys: INVALID,
  obey_flip: OBEYED,
  obey_positive: OBEYED,
  obey_negative: OBEYED,
}
