import { decideOutcomes, type Accepted, type GivenUp, type Verdict } from '../answer/decide-outcomes.ts'
import type { RefusedJudgement } from '../answer/judge-reply.ts'
import {
  retryRefused,
  retryWhenRefusedToAll,
  type Circumstances as RefusedCircumstances,
} from '../answer/retry-refused.ts'
import { retryUnanswered } from '../answer/retry-unanswered.ts'
import type { NotAsked } from '../provider/provider.ts'
import type { Work } from '../work/work.ts'

/** How a call ended, as far as it matters to its conversations. */
export type CallEnd = Answered | RefusedCall | NoAnswer | NotAsked

export interface Answered {
  kind: 'answered'
  judgement: Verdict
  /** `works[i]` was sent as `aliases[i]`. */
  aliases: readonly string[]
}

/** The provider did not take the request, or a page came in place of its answer; a conversation may be why. */
export interface RefusedCall {
  kind: 'refused'
  judgement: RefusedJudgement
}

/**
 * The provider, the network or the configuration is at fault: nothing is decided about the conversations. `unanswered`:
 * there was no response at all, or something else in its place (a gateway's page).
 */
export interface NoAnswer {
  kind: 'transient' | 'misconfigured'
  reason: string
  detail: string
  retryAfterMs?: number | undefined
  unanswered: boolean
}

/** What becomes of the conversations of a call: each is in exactly one of these. */
export interface Fates {
  /** An insight is published. */
  accepted: Accepted[]
  /** A failure is published. */
  failed: GivenUp[]
  /** Go into another call, before all that is new. */
  again: Work[]
  /** Nothing came back for them, or a refusal: they go into another call, in turn with all others. */
  unanswered: Work[]
  /** Would go into another call, but their partition is another member's now, which does the work. */
  lost: Work[]
}

export interface Circumstances extends RefusedCircumstances {
  /** Calls of this process that were answered so far. */
  answers: number
}

/** The one place that decides what becomes of a call's conversations. Pure. */
export function settleCall(works: readonly Work[], end: CallEnd, circumstances: Circumstances): Fates {
  const { accepted, failed, again, unanswered } = decide(works, end, circumstances)
  const isLost = ({ owned }: Work) => owned.lost.aborted
  const isOurs = (work: Work) => !isLost(work)
  return {
    accepted,
    failed,
    again: again.filter(isOurs),
    unanswered: unanswered.filter(isOurs),
    lost: [...again, ...unanswered].filter(isLost),
  }
}

function decide(works: readonly Work[], end: CallEnd, circumstances: Circumstances): Omit<Fates, 'lost'> {
  const none = { accepted: [], failed: [], again: [], unanswered: [] }
  if (end.kind === 'answered')
    return { ...none, ...decideOutcomes(works, end.aliases, end.judgement, circumstances.maxAttempts) }
  if (end.kind === 'refused') return { ...none, ...retryRefused(works, end.judgement, circumstances) }
  if (end.kind !== 'held' && end.kind !== 'aborted' && end.reason === 'request')
    return { ...none, unanswered: retryWhenRefusedToAll(works, circumstances) }
  if (end.kind === 'held' || end.kind === 'aborted' || !end.unanswered) return { ...none, again: [...works] }
  return { ...none, unanswered: retryUnanswered(works, circumstances) }
}
