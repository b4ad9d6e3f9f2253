import { fromUnixSeconds, parseIso } from '@insights/runtime/parse-instant'

/**
 * Epoch milliseconds of an ISO 8601 date or date-time (extended format; no offset means UTC; finer fractions are cut to
 * milliseconds) or of a Unix time in seconds. Null for anything else.
 */
export function parseTimestamp(value: string | number): number | null {
  if (typeof value === 'string') return whole(Math.floor, parseIso(value))
  // Seconds in a double are not exact to the millisecond: 1767323045.123 * 1000 is a little less than …123.
  return whole(Math.round, fromUnixSeconds(value))
}

// Adding zero makes zero of minus zero.
const whole = (cut: (ms: number) => number, ms: number | null) => (ms === null ? null : cut(ms) + 0)
