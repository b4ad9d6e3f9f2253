import type { FailureClass } from '@insights/schemas/events/analysis-failed'
import type { ItemAnswer } from '../question/answer-schema.ts'
import type { ItemVerdict } from './judge-answer.ts'
import type { Judgement, RefusedJudgement } from './judge-reply.ts'
import { goAlone, splitUp } from './split-batch.ts'
import { ownGroup, NEVER_UNANSWERED, type Work } from '../work/work.ts'

export interface Accepted {
  work: Work
  answer: ItemAnswer
  raw: string | null
}
export interface GivenUp {
  work: Work
  class: FailureClass
  title: string
  detail: string
  /** The same bytes may succeed later. */
  retryable: boolean
}
/** Every conversation of a call is in exactly one of the three. */
export interface Outcomes {
  accepted: Accepted[]
  failed: GivenUp[]
  /** Goes into a later call. */
  again: Work[]
}

/**
 * A judgement of what was answered; faults of the provider, the network or the configuration decide nothing about a
 * conversation.
 */
export type Verdict = Exclude<Judgement, RefusedJudgement | { verdict: 'transient' | 'misconfigured' }>

/**
 * What becomes of each conversation of a call (design sections 6 and 7). `works[i]` was sent as `aliases[i]`.
 *
 * A conversation is charged only for what is surely its own: its item missing or invalid in an otherwise readable
 * answer, or an answer to it alone. A call of several that gave no result charges none of them and splits: after an
 * unreadable answer the same batch is asked once more, then its halves. When the conversation that spoils answers is at
 * last alone in a call, the spoilt calls count as its attempts. So it costs its batch of N at most 2·log2 N + 2 calls.
 */
export function decideOutcomes(
  works: readonly Work[],
  aliases: readonly string[],
  judgement: Verdict,
  maxAttempts: number,
): Outcomes {
  const outcomes: Outcomes = { accepted: [], failed: [], again: [] }
  const charge = (work: Work, { words, final }: Fault) => {
    const charged = { ...work, attempts: work.attempts + 1 }
    if (final || charged.attempts >= maxAttempts) outcomes.failed.push({ work: charged, ...words })
    else outcomes.again.push(charged)
  }
  const left: Work[] = []
  works.forEach((work, i) => {
    const item = judgement.items.get(aliases[i] ?? '') ?? MISSING_ITEM
    if (item.kind === 'accepted') outcomes.accepted.push({ work, answer: item.answer, raw: item.raw })
    else if (judgement.verdict === 'ok')
      charge(
        rejoin(works.length === 1 ? countSpoilt(work) : work),
        item.kind === 'invalid' ? invalid(item.reason) : MISSING,
      )
    else left.push(work)
  })
  const [only] = left
  if (judgement.verdict === 'ok' || only === undefined) return outcomes
  if (works.length > 1) outcomes.again.push(...unpunished(left, works.length, judgement.verdict))
  else charge(goAlone(countSpoilt(only)), faultOf(judgement))
  return outcomes
}

/** It is alone in its call, and something is wrong again: then it was the one that spoilt the calls before. */
const countSpoilt = (work: Work): Work => ({ ...work, attempts: work.attempts + work.spoilt, spoilt: 0 })

/** What its batch-mates did is settled: it may share a call with any others again. */
const rejoin = (work: Work): Work => ({
  ...work,
  spoilt: 0,
  unanswered: NEVER_UNANSWERED,
  refusedSince: null,
  group: work.suspicion === null ? null : ownGroup(work),
})

/**
 * How the conversations of a call of several go on when it gave them no result: with other batch-mates, and not
 * charged.
 */
function unpunished(left: readonly Work[], sent: number, verdict: Verdict['verdict']): Work[] {
  if (verdict === 'distrusted') return left.map(goAlone)
  const spoilt = left.map((work) => ({ ...work, spoilt: work.spoilt + 1 }))
  const isFirst = verdict === 'unknown' && left.every((work) => work.spoilt === 0)
  return splitUp(spoilt, isFirst ? sent : Math.ceil(sent / 2))
}

export interface Fault {
  words: Omit<GivenUp, 'work'>
  /** Another attempt at the same text would end the same. */
  final: boolean
}

/** What is wrong with the answer to a conversation that was asked about alone. */
export function faultOf(judgement: Exclude<Verdict, { verdict: 'ok' }> | RefusedJudgement): Fault {
  const fault = (cls: FailureClass, title: string, { final = false, retryable = false } = {}) => ({
    words: { class: cls, title, detail: judgement.detail, retryable },
    final,
  })
  switch (judgement.reason) {
    case 'blocked':
      return fault('unsafe', 'The provider blocked the conversation', { final: true })
    case 'context':
    case 'too_large':
      return fault('too_large', 'The conversation is too long for the model', { final: true })
    case 'request':
      return fault('refused', 'The provider refused the conversation')
    case 'refused':
    case 'content_filter':
      return fault('refused', 'The model declined')
    case 'length':
      return fault('malformed_answer', 'The answer was cut off')
    case 'not_a_completion':
      return fault('malformed_answer', 'Something else came than an answer', { retryable: true })
    case 'no_results':
    case 'no_usable_result':
    case 'canary_invalid':
      return fault('malformed_answer', 'The answer could not be read')
    case 'canary_wrong':
    case 'canary_missing':
    case 'all_the_same':
      return fault('distrusted_answer', 'The answer was not to be believed', { retryable: true })
  }
}

const MISSING: Fault = {
  words: {
    class: 'missing_answer',
    title: 'The model gave no result',
    detail: 'its item was missing in an otherwise readable answer',
    retryable: false,
  },
  final: false,
}

const MISSING_ITEM: ItemVerdict = { kind: 'missing' }

const invalid = (reason: string): Fault => ({
  words: {
    class: 'malformed_answer',
    title: 'The result of the model was not valid',
    detail: reason,
    retryable: false,
  },
  final: false,
})
