import type { Canary } from '../question/make-canaries.ts'
import type { ItemVerdict } from './judge-answer.ts'

export type Distrust = 'canary_wrong' | 'canary_missing' | 'canary_invalid' | 'all_the_same'

/**
 * Whether an answer to several conversations may be believed (design section 7), or why not. One text that the model
 * obeyed can have changed all of them (BatchSafeBench, arxiv.org/abs/2503.15551); it then changed the canaries, too. A
 * pair of opposite polarity also gives away the one that sets every score to the same.
 */
export function whyDistrusted(
  items: readonly ItemVerdict[],
  canaries: readonly { canary: Canary; item: ItemVerdict }[],
): Distrust | null {
  if (canaries.length === 0) return null
  if (canaries.some(({ canary, item }) => scoreOf(item) * canary.polarity <= CLEARLY)) return 'canary_wrong'
  if (canaries.some(({ item }) => item.kind === 'missing')) return 'canary_missing'
  if (canaries.some(({ item }) => item.kind === 'invalid')) return 'canary_invalid'
  const scores = [...items, ...canaries.map(({ item }) => item)].filter(({ kind }) => kind === 'accepted').map(scoreOf)
  return new Set(scores).size === 1 && items.length > 1 ? 'all_the_same' : null
}

const scoreOf = (item: ItemVerdict): number => (item.kind === 'accepted' ? item.answer.sentiment_score : Number.NaN)

/** Beyond it a score is positive or negative, as in the query API. */
const CLEARLY = 0.2
