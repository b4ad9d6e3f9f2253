import type { Span } from '../../counts/split-window.ts'

const MINUTE_MS = 60_000
/** No time of an answer is written with another year than 0001 to 9999. */
export const EARLIEST = Date.parse('0001-01-01T00:00:00Z')

/** The window of the same length right before another, and by how much it lies before it. */
export interface WindowBefore extends Span {
  /** Milliseconds. */
  shift: number
}

/**
 * The window right before another, whole milliseconds; no instant is in both. It lies before by the time from start to
 * end; when that lacks one millisecond to whole minutes, as from 00:00 to 23:59:59.999, by whole minutes. So days
 * compare with days. Null when there is none: it would begin before the year 1.
 */
export function windowBefore({ start, end }: { start: number; end: number }): WindowBefore | null {
  const [first, last] = [Math.ceil(start), Math.floor(end)]
  const length = Math.max(last - first, 1)
  const shift = (length + 1) % MINUTE_MS === 0 ? length + 1 : length
  const before = { first: first - shift, last: Math.min(last - shift, first - 1), shift }
  return before.first < EARLIEST ? null : before
}
