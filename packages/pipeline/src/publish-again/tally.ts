import { count } from '@insights/runtime/show-progress'

/** Counts by what they are of, in words. */
export type Tally = Map<string, number>

export const add = (tally: Tally, of: string, more = 1): void => void tally.set(of, (tally.get(of) ?? 0) + more)

export const sumOf = (tally: Tally): number => [...tally.values()].reduce((sum, n) => sum + n, 0)

/** A line for each, the most frequent first. */
export const describeTally = (tally: Tally): string[] =>
  [...tally].toSorted(([, a], [, b]) => b - a).map(([of, n]) => `  ${of}: ${count(n)}`)
