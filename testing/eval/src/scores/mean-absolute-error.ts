export interface Scored {
  /** As labelled, -1 … 1. */
  expected: number
  /** As answered. */
  score: number
}

/** How far scores are from their labels on average, 0 … 2; null without any. */
export function meanAbsoluteError(scored: readonly Scored[]): number | null {
  return mean(scored.map(({ expected, score }) => Math.abs(score - expected)))
}

/** Null without any. */
export function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
}
