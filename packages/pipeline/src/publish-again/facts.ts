import type { Origin } from '@insights/schemas/events/origin'
import { compareOrigins } from '@insights/schemas/events/compare-origins'

/** What the topics say of a conversation. */
export interface Facts {
  /** Its newest submission that can be read. */
  newest: Origin | null
  /** What was submitted up to then (epoch ms, broker's clock) is erased. */
  erasedThrough: number | null
  /** Its newest insight. */
  answer: Answer | null
}

export interface Answer {
  /** The submission that it is an answer to. */
  origin: Origin
  /** The insight's own record: of several answers to one submission the last one counts. */
  appendedAt: number
  offset: number
  promptVersion: string
  /** 0 for one that was answered from memory, or whose cost was not told. */
  costUsdTicks: number
}

export type Fact =
  { kind: 'submission'; origin: Origin } | { kind: 'erasure'; through: number } | { kind: 'answer'; answer: Answer }

export const nothingKnown: Facts = { newest: null, erasedThrough: null, answer: null }

/** In whatever order facts come, and however often, the end is the same. */
export function learn(facts: Facts, fact: Fact): Facts {
  switch (fact.kind) {
    case 'submission':
      return isNewer(fact.origin, facts.newest) ? { ...facts, newest: fact.origin } : facts
    case 'erasure':
      return { ...facts, erasedThrough: Math.max(fact.through, facts.erasedThrough ?? -Infinity) }
    case 'answer':
      return facts.answer === null || compareAnswers(fact.answer, facts.answer) > 0
        ? { ...facts, answer: fact.answer }
        : facts
  }
}

/** Why what was submitted at `origin` is not published again, or null. Erasure counts first: nothing may undo it. */
export function whySkipped(origin: Origin, { newest, erasedThrough, answer }: Facts): Overtaken | null {
  if (erasedThrough !== null && erasedThrough >= origin.appended_at) return 'erased'
  if (newest !== null && compareOrigins(newest, origin) > 0) return 'newer'
  return answer !== null && compareOrigins(answer.origin, origin) >= 0 ? 'answered' : null
}

type Overtaken = Exclude<keyof typeof SKIP_REASONS, 'waiting'>

/** In words, for the counts at the end. */
export const SKIP_REASONS = {
  erased: 'the conversation was erased since',
  newer: 'a newer submission of the conversation exists',
  answered: 'the same submission, or a newer one, was answered since',
  waiting: 'it was published again, and has not failed since',
} as const

const isNewer = (origin: Origin, than: Origin | null): boolean => than === null || compareOrigins(origin, than) > 0

const compareAnswers = (a: Answer, b: Answer): number =>
  compareOrigins(a.origin, b.origin) || a.appendedAt - b.appendedAt || a.offset - b.offset
