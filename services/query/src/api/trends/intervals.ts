import { LEVELS } from '../../counts/sum-insights.ts'

export const INTERVALS = ['minute', 'hour', 'day', 'week', 'month'] as const
export type Interval = (typeof INTERVALS)[number]

/** Those that are always as long, milliseconds. */
export const LENGTHS = {
  minute: 60_000,
  hour: LEVELS.hour,
  day: LEVELS.day,
  week: 7 * LEVELS.day,
} as const satisfies Partial<Record<Interval, number>>

/** Where weeks begin: a Monday. */
export const MONDAY = Date.parse('1970-01-05T00:00:00Z')

/** The starts of the intervals (UTC) that a window reaches into, epoch ms, at most `most` of them. */
export function listIntervals(
  interval: Interval,
  { start, end }: { start: number; end: number },
  most = Infinity,
): number[] {
  const starts: number[] = []
  for (let at = startOfInterval(interval, start); at <= end && starts.length < most; at = nextStart(interval, at))
    starts.push(at)
  return starts
}

/** The interval that an instant lies in, by its start. */
export function startOfInterval(interval: Interval, at: number): number {
  if (interval === 'month') {
    const date = new Date(Math.floor(at))
    date.setUTCDate(1)
    return date.setUTCHours(0, 0, 0, 0)
  }
  const origin = interval === 'week' ? MONDAY : 0
  return origin + Math.floor((at - origin) / LENGTHS[interval]) * LENGTHS[interval]
}

function nextStart(interval: Interval, start: number): number {
  if (interval !== 'month') return start + LENGTHS[interval]
  const date = new Date(start)
  return date.setUTCMonth(date.getUTCMonth() + 1)
}
