import { mean } from './mean-absolute-error.ts'

/** One conversation's scores at each place of the same batch, and once more at the first; null where it got none. */
export interface Placed {
  scores: (number | null)[]
  again: number | null
}

export interface PositionEffect {
  /** Largest minus smallest score of a conversation over all places, on average. 0: the place does not matter. */
  meanSpread: number | null
  largestSpread: number | null
  /** How far two answers to the very same call are apart, on average: what is not due to the place. */
  repeatDifference: number | null
  /** For each place, how far scores there are above (or below) their conversation's mean, on average. */
  shiftByPlace: (number | null)[]
}

/** Conversations with fewer than two scores say nothing. */
export function positionEffect(placed: readonly Placed[]): PositionEffect {
  const told = placed.map(({ scores, again }) => ({ scores, again, present: scores.filter((score) => score !== null) }))
  const usable = told.filter(({ present }) => present.length >= 2)
  const spreads = usable.map(({ present }) => Math.max(...present) - Math.min(...present))
  const shifts = usable.map(({ scores, present }) => {
    const centre = mean(present) ?? 0
    return scores.map((score) => (score === null ? null : score - centre))
  })
  const places = Math.max(0, ...placed.map(({ scores }) => scores.length))
  const repeats = placed.flatMap(({ scores: [first = null], again }) =>
    first === null || again === null ? [] : [Math.abs(first - again)],
  )
  return {
    meanSpread: mean(spreads),
    largestSpread: spreads.length === 0 ? null : Math.max(...spreads),
    repeatDifference: mean(repeats),
    shiftByPlace: Array.from({ length: places }, (_, place) => mean(shifts.flatMap((shift) => shift[place] ?? []))),
  }
}
