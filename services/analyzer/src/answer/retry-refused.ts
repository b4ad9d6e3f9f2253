import { doublingMs } from '@insights/runtime/backoff'
import { faultOf, type GivenUp } from './decide-outcomes.ts'
import type { RefusedJudgement } from './judge-reply.ts'
import type { Evidence } from './notice-refusals.ts'
import { goAlone, splitUp } from './split-batch.ts'
import { NEVER_UNANSWERED, type Work } from '../work/work.ts'

/**
 * What becomes of the conversations of a refused call. One of them may be why, and which is found by halves; no other
 * is charged. One that was alone is given up at once when the provider says that its text is at fault. Where it says
 * nothing, how we ask may be at fault, too: then it is charged only when a call that began after its first refusal was
 * answered, and until then asked again at growing intervals. So it ends as soon as others are served, and is not lost
 * while none is.
 */
export function retryRefused(
  works: readonly Work[],
  judgement: RefusedJudgement,
  circumstances: Circumstances,
): { failed: GivenUp[]; unanswered: Work[] } {
  const [only] = works
  if (only === undefined || works.length > 1) {
    // A page may be bad luck: the same batch once more.
    const isPage = judgement.reason === 'not_a_completion' && works.every(({ spoilt }) => spoilt === 0)
    const spoilt = works.map((work) => spoil(work, circumstances))
    return { failed: [], unanswered: isPage ? splitUp(spoilt, works.length) : inHalves(spoilt) }
  }
  const isProven = SAYS_WHY.has(judgement.reason) || circumstances.lastAnswered >= (only.refusedSince ?? Infinity)
  if (!isProven) return { failed: [], unanswered: [waitAlone(only, circumstances)] }
  const charged = { ...only, attempts: only.attempts + only.spoilt + 1, spoilt: 0 }
  const { words, final } = faultOf(judgement)
  if (final || charged.attempts >= circumstances.maxAttempts)
    return { failed: [{ work: goAlone(charged), ...words }], unanswered: [] }
  return { failed: [], unanswered: [waitAlone(charged, circumstances)] }
}

/**
 * The same while calls are refused whatever they are about: none is charged, what was refused before proves nothing,
 * and no probe is about the same batch twice.
 */
export function retryWhenRefusedToAll(works: readonly Work[], { begun }: Pick<Circumstances, 'begun'>): Work[] {
  const fresh = { spoilt: 0, refusedSince: begun, unanswered: NEVER_UNANSWERED }
  return inHalves(works).map((work) => Object.assign({}, work, fresh))
}

export interface Circumstances extends Evidence {
  /** A conversation is given up at so many attempts. */
  maxAttempts: number
  /** Monotonic milliseconds. */
  now: number
  /** First time between two calls about a conversation that is alone in them; it doubles up to `maxWaitMs`. */
  backoffMs: number
  maxWaitMs: number
}

const inHalves = (works: readonly Work[]): Work[] => splitUp(works, Math.ceil(works.length / 2))

const spoil = (work: Work, { begun }: Circumstances): Work => ({
  ...work,
  spoilt: work.spoilt + 1,
  refusedSince: work.refusedSince ?? begun,
  unanswered: { ...NEVER_UNANSWERED, answers: work.unanswered.answers },
})

function waitAlone(work: Work, { begun, now, backoffMs, maxWaitMs }: Circumstances): Work {
  const { alone } = work.unanswered
  const notBefore = now + doublingMs(alone, { baseMs: backoffMs, capMs: maxWaitMs })
  return {
    ...goAlone(work),
    refusedSince: work.refusedSince ?? begun,
    unanswered: { ...work.unanswered, together: 0, alone: alone + 1, notBefore },
  }
}

/** Reasons that are about the text and not about how we ask. */
const SAYS_WHY: ReadonlySet<RefusedJudgement['reason']> = new Set(['blocked', 'context'])
