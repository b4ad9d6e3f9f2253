import { isRefused, type Judgement } from './judge-reply.ts'
import type { Work } from '../work/work.ts'

export interface RefusalNotice {
  /** A call begins. Returns its number; they count up. */
  begin(): number
  /** The same judgement of a call, or that of a fault which all calls meet, whatever they are about. */
  check(call: number, works: readonly Pick<Work, 'conversationId'>[], judgement: Judgement): Judgement
  /** The call has ended, judged or not. */
  end(call: number): void
  evidence(): Evidence
}

/** What has been answered, in numbers of calls. */
export interface Evidence {
  /** Calls that have begun so far: the number of the next one. */
  begun: number
  /** The highest number among the calls that were answered; -1 when none was. */
  lastAnswered: number
}

/**
 * Whether a refused request is the fault of a conversation in it, or is met by all: a wrong parameter, a gateway that
 * refuses everything, or one that answers with its own page and a 200. One refusal does not tell. All meet it when
 * `DIFFERENT` calls that share no conversation met the same refusal with no answer between them, and while calls are
 * held for that reason already.
 *
 * Refusals come at once and answers take seconds: as long as a call is under way that began before the last of those
 * refused, its answer may still show that others are served.
 */
export function createRefusalNotice({
  heldFor,
  lastCleared,
}: {
  /** Why the calls of the group are held at this moment. */
  heldFor: () => string | null
  /** When another call than ours, or one of ours, ended the last hold: a number that changes with each. */
  lastCleared: () => number | null
}): RefusalNotice {
  let begun = 0
  let lastAnswered = -1
  const underWay = new Set<number>()
  let refused: Refused = { reason: null, calls: [], since: null }

  function note(works: readonly Pick<Work, 'conversationId'>[], reason: string): void {
    const cleared = lastCleared()
    const ids = new Set(works.map(({ conversationId }) => conversationId))
    const before = refused.reason === reason && refused.since === cleared ? refused.calls : []
    // The halves of a call that was refused count in its place.
    refused = {
      reason,
      calls: [...before.filter((call) => !isAboutOneOf(call, ids)), ids].slice(-DIFFERENT),
      since: cleared,
    }
  }

  return {
    begin: () => {
      underWay.add(begun)
      return begun++
    },
    check: (call, works, judgement) => {
      if (judgement.verdict === 'transient' || judgement.verdict === 'misconfigured') return judgement
      if (!isRefused(judgement)) {
        lastAnswered = Math.max(lastAnswered, call)
        refused = { reason: null, calls: [], since: null }
        return judgement
      }
      note(works, judgement.reason)
      const isFirst = ![...underWay].some((other) => other < call)
      const areAll = refused.calls.length >= DIFFERENT && isFirst
      const toAll = judgement.reason === 'not_a_completion' ? OUTAGE : MISCONFIGURED
      return areAll || heldFor() === toAll.reason ? { ...judgement, ...toAll } : judgement
    },
    end: (call) => void underWay.delete(call),
    evidence: () => ({ begun, lastAnswered }),
  }
}

const isAboutOneOf = (call: ReadonlySet<string>, ids: ReadonlySet<string>): boolean =>
  [...ids].some((id) => call.has(id))

/** Calls in a row that met the same refusal, no two of them about the same conversation. */
interface Refused {
  reason: string | null
  calls: ReadonlySet<string>[]
  /** The end of the last hold before. */
  since: number | null
}

const DIFFERENT = 3
const OUTAGE = { verdict: 'transient', reason: 'unavailable' } as const
const MISCONFIGURED = { verdict: 'misconfigured', reason: 'request' } as const
