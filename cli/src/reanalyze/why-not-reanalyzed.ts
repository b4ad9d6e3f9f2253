import { compareOrigins } from '@insights/schemas/events/compare-origins'
import { SKIP_REASONS, whySkipped, type Facts } from '@insights/pipeline/publish-again/facts'
import type { Submitted } from './gather-conversations.ts'

/** Which prompts are to be replaced: the one that was asked for, else all but today's. */
export interface Prompts {
  today: string
  only: string | null
  /** Epoch ms: what was published again later than this may still wait for its answer; before, it has expired. */
  waitingSince: number
}

/** Why a conversation is not analysed once more, in words, or null. */
export function whyNotReanalyzed(
  { origin, republishedAt }: Pick<Submitted, 'origin' | 'republishedAt'>,
  facts: Facts,
  { today, only, waitingSince }: Prompts,
): string | null {
  const overtaken = whySkipped(origin, { ...facts, answer: null })
  if (overtaken !== null) return SKIP_REASONS[overtaken]
  const { answer } = facts
  const order = answer === null ? -1 : compareOrigins(answer.origin, origin)
  if (answer === null || order < 0) return UNANSWERED
  if (order > 0) return SKIP_REASONS.newer
  if (republishedAt !== null && republishedAt > Math.max(answer.appendedAt, waitingSince)) return WAITING
  if (only !== null) return answer.promptVersion === only ? null : OTHER_PROMPT
  return answer.promptVersion === today ? TODAYS_PROMPT : null
}

const UNANSWERED = 'the conversation has no insight yet: it waits, or has failed (see npm run redrive)'
const WAITING = 'it was published again, has no newer insight and is not older than ANALYSIS_MAX_AGE: it may wait still'
const OTHER_PROMPT = 'its insight was made under another prompt_version than the one asked for'
const TODAYS_PROMPT = "its insight was made under today's prompt"
