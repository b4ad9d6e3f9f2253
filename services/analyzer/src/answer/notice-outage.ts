import type { Judgement } from './judge-reply.ts'

export interface OutageNotice {
  /** The same judgement, or `transient` during an outage that answers with 200. */
  check(judgement: Judgement): Judgement
}

/**
 * A gateway that answers every call with its own page and a 200 looks like answers that no conversation can help. One
 * such response may be due to a conversation, and splits its batch; `tolerated` of them without any real response
 * between them are an outage, and no conversation is charged. There must be more than the attempts that a single
 * conversation has, or a conversation that always causes such a page, with no other traffic, would be taken for an
 * outage.
 */
export function createOutageNotice(tolerated: number): OutageNotice {
  let inARow = 0
  return {
    check: (judgement) => {
      if (judgement.verdict !== 'unknown' || judgement.reason !== 'not_a_completion') {
        // A call without an answer says nothing about whether a gateway's page stands in front of the provider.
        if (judgement.verdict !== 'transient') inARow = 0
        return judgement
      }
      inARow++
      if (inARow <= tolerated) return judgement
      return { ...judgement, verdict: 'transient', reason: 'unavailable' }
    },
  }
}
