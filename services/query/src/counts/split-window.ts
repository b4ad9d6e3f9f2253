import { type Level, LEVELS } from './sum-insights.ts'

/** Epoch ms, whole; both ends belong to it. */
export interface Span {
  first: number
  last: number
}

/** The starts of hours or of days. */
export interface Periods extends Span {
  level: Level
}

/**
 * The parts of a window: whole days, the whole hours before and behind them, and what is left at its edges, parts of
 * hours whose rows must be counted. A finer beginning than a millisecond begins with the next one, a finer end ends
 * with the one before. No part is empty; the window may be. `longest`: no longer periods than these; null, none at all.
 */
export function splitWindow(
  { start, end }: { start: number; end: number },
  longest: Level | null = 'day',
): { periods: Periods[]; edges: Span[] } {
  const window = { first: Math.ceil(start), last: Math.floor(end) }
  const hours = wholePeriods('hour', window)
  if (longest === null || isEmpty(hours)) return { periods: [], edges: [window].filter((edge) => !isEmpty(edge)) }
  const behind = hours.last + LEVELS.hour
  const edges = [
    { first: window.first, last: hours.first - 1 },
    { first: behind, last: window.last },
  ]
  const days = wholePeriods('day', { first: hours.first, last: behind - 1 })
  const periods: Periods[] =
    longest === 'hour' || isEmpty(days)
      ? [hours]
      : [
          { level: 'hour', first: hours.first, last: days.first - LEVELS.hour },
          days,
          { level: 'hour', first: days.last + LEVELS.day, last: hours.last },
        ]
  return { periods: periods.filter((part) => !isEmpty(part)), edges: edges.filter((edge) => !isEmpty(edge)) }
}

/** Those that lie in the span as a whole; `last` is before `first` when none does. */
function wholePeriods(level: Level, { first, last }: Span): Periods {
  const ms = LEVELS[level]
  return { level, first: Math.ceil(first / ms) * ms, last: (Math.floor((last + 1) / ms) - 1) * ms }
}

const isEmpty = ({ first, last }: Span): boolean => last < first
