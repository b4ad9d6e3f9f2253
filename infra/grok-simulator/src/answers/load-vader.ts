import { createRequire } from 'node:module'

interface SentiText {
  words_and_emoticons: string[]
  is_cap_diff: boolean
}

interface Analyzer {
  /** `compound` is in [-1, 1]. */
  polarity_scores(text: string): { compound: number }
  /** Gives the list with the mood of the word at `index` added to its end. */
  sentiment_valence(valence: 0, text: SentiText, word: string, index: number, sentiments: number[]): number[]
  /** Weighs what stands before a "but" less and what stands after it more. */
  but_check(words: string[], sentiments: number[]): number[]
  score_valence(sentiments: number[], text: string): { compound: number }
}

/**
 * The parts of vader-sentiment used here. The package is CommonJS and ships no types; a declaration file for it would
 * be out of sight of other workspaces that import this one, so it is required and its type given in place.
 */
export function loadVader(): Analyzer {
  const require = createRequire(import.meta.url)
  const vader = require('vader-sentiment') as { SentimentIntensityAnalyzer: Analyzer }
  return vader.SentimentIntensityAnalyzer
}
