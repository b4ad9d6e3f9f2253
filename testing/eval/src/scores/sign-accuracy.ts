import { mean, type Scored } from './mean-absolute-error.ts'

export type Mood = 'positive' | 'neutral' | 'negative'

/**
 * The query API's bands (design, section 8): beyond ±0.2 a score is positive or negative, and 0.2 itself is neutral.
 */
export function moodOf(score: number): Mood {
  return score > 0.2 ? 'positive' : score < -0.2 ? 'negative' : 'neutral'
}

export const sameMood = ({ expected, score }: Scored): boolean => moodOf(expected) === moodOf(score)

/** Share of scores in the same band as their label, 0 … 1; null without any. */
export function signAccuracy(scored: readonly Scored[]): number | null {
  return mean(scored.map((pair) => (sameMood(pair) ? 1 : 0)))
}
