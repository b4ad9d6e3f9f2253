import type { FailureClass } from '@insights/schemas/analysis-failed'
import type { ItemAnswer } from './answer-schema.ts'
import type { AskResult } from './classify-response.ts'
import type { Judgement } from './judge-answer.ts'
import type { Work } from './work.ts'

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
}
/** Every conversation of a call is in exactly one of the three. */
export interface Outcomes {
  accepted: Accepted[]
  failed: GivenUp[]
  /** Goes into a later call. */
  again: Work[]
}

/** The judge's view of an answer, or a refusal to take the request at all. */
export type Verdict = Judgement | Extract<AskResult, { kind: 'rejected' }>

/**
 * What becomes of each conversation of a call (design sections 6 and 7). A conversation is charged only for what is surely
 * its own: its item missing or invalid in an otherwise readable answer, or an answer to it alone. A call of several that gave
 * nothing charges nobody: it goes once more as it was, then in halves, until what spoils the answers stands alone.
 * `works[i]` was sent as `aliases[i]`.
 */
export function decideOutcomes(
  works: readonly Work[],
  aliases: readonly string[],
  verdict: Verdict,
  maxAttempts: number,
): Outcomes {
  const outcomes: Outcomes = { accepted: [], failed: [], again: [] }
  const trouble = troubleOf(verdict)
  if (trouble !== null && works.length > 1) {
    outcomes.again = works.map((work) => splitOff(work, works.length, trouble.retryWhole))
    return outcomes
  }
  works.forEach((work, i) => {
    const item = 'items' in verdict ? verdict.items.get(aliases[i] ?? '') : undefined
    if (trouble === null && item?.kind === 'accepted') {
      outcomes.accepted.push({ work, answer: item.answer, raw: item.raw })
      return
    }
    const fault = trouble ?? (item?.kind === 'invalid' ? invalidItem(item.reason) : MISSING)
    const charged = { ...work, attempts: work.attempts + 1 }
    if (fault.final || charged.attempts >= maxAttempts) outcomes.failed.push({ work: charged, ...fault.words })
    else outcomes.again.push(charged)
  })
  return outcomes
}

interface Fault {
  words: Omit<GivenUp, 'work'>
  /** Another attempt at the same text would end the same. */
  final: boolean
}

/** What is wrong with the call as a whole, or null when each item is judged by itself. */
function troubleOf(verdict: Verdict): (Fault & { retryWhole: boolean }) | null {
  const trouble = (cls: FailureClass, title: string, detail: string, final: boolean, retryWhole = false) => ({
    words: { class: cls, title, detail },
    final,
    retryWhole,
  })
  if ('kind' in verdict) {
    return verdict.reason === 'unsafe'
      ? trouble('unsafe', 'The provider blocked the conversation', verdict.detail, true)
      : trouble('too_large', 'The conversation is too long for the model', verdict.detail, true)
  }
  if (verdict.verdict === 'refused') return trouble('refused', 'The model declined', verdict.detail, false)
  if (verdict.verdict === 'too_long')
    return trouble('malformed_answer', 'The answer was cut off', verdict.detail, false)
  if (verdict.verdict === 'unreadable')
    return trouble('malformed_answer', 'The answer could not be read', verdict.detail, false, true)
  const items = [...verdict.items.values()]
  if (items.length > 1 && items.every((item) => item.kind !== 'accepted'))
    return trouble('malformed_answer', 'The answer had no usable result', 'no item of it was usable', false, true)
  return null
}

function splitOff(work: Work, size: number, retryWhole: boolean): Work {
  if (retryWhole && work.unread === 0) return { ...work, unread: 1 }
  return { ...work, unread: work.unread + 1, share: Math.ceil(size / 2) }
}

const MISSING: Fault = {
  words: {
    class: 'missing_answer',
    title: 'The model gave no result',
    detail: 'its item was missing in an otherwise readable answer',
  },
  final: false,
}

const invalidItem = (reason: string): Fault => ({
  words: { class: 'malformed_answer', title: 'The result of the model was not valid', detail: reason },
  final: false,
})
