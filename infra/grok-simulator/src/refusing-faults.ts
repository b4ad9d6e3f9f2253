import type { FaultAct } from './fault-kinds.ts'
import { refusals } from './refusals.ts'

/** The provider says no, at once and in its own words. */
export const refusingFaults = {
  /** With the numbers of a team on xAI's lowest tier; our own limiter has said nothing. */
  rate_limited: { refuse: (model) => refusals.tooManyRequests(model, 38, 37) },
  no_credits: { refuse: refusals.noCredits },
  server_error: { refuse: refusals.serverError },
  unavailable: { refuse: refusals.unavailable },
  overloaded: { refuse: refusals.overloaded },
  /** An outage that looks like a success: the body has no choices. */
  unavailable_in_200: { refuse: () => ({ ...refusals.unavailable(), status: 200 }) },
  wrong_key: { refuse: refusals.wrongKey },
  blocked_key: { refuse: refusals.blockedKey },
  unknown_model: { refuse: refusals.unknownModel },
} satisfies Record<string, FaultAct>
