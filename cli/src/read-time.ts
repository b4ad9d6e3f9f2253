import { parseInstant } from '@insights/runtime/parse-instant'
import { InvalidArgumentError } from 'commander'

/**
 * Epoch milliseconds of a time as the query API reads them (ISO 8601, no offset means UTC, or Unix seconds), or of one
 * so long before `now`: `90m`, `2h`, `7d`. Null for what is neither, and for a short number: a span without its unit.
 */
export function readTime(text: string, now: number): number | null {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  if (count === undefined) return /^[+-]?\d{1,8}(?:\.|$)/.test(text) ? null : parseInstant(text)
  return now - Number(count) * (UNITS_MS[unit as keyof typeof UNITS_MS] ?? 0)
}

const UNITS_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** For an option that takes a time. */
export function timeOption(text: string): number {
  const time = readTime(text, Date.now())
  if (time === null)
    throw new InvalidArgumentError(`Give a time as 2026-01-31T12:00:00Z, Unix seconds, or 90m, 2h, 7d ago.`)
  return time
}
