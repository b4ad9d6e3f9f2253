/**
 * Epoch milliseconds of an ISO 8601 date or date-time (extended format; no offset means UTC; finer fractions are cut to
 * milliseconds) or of a Unix time in seconds. Null for anything else: days and hours that no calendar has, and years outside
 * 1–9999, which is also where milliseconds taken for seconds end up.
 */
export function parseTimestamp(value: string | number): number | null {
  const ms = typeof value === 'number' ? Math.round(value * 1000) : parseIso(value)
  return ms !== null && ms >= EARLIEST && ms <= LATEST ? ms + 0 : null
}

const EARLIEST = Date.parse('0001-01-01T00:00:00.000Z')
const LATEST = Date.parse('9999-12-31T23:59:59.999Z')

const ISO =
  /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,18}))?)?\s?(?:[Zz]|([+-])(\d\d)(?::?(\d\d))?)?)?$/

function parseIso(text: string): number | null {
  const match = ISO.exec(text)
  if (match === null) return null
  const [, year, month, day, hour, minute, second, fraction = '', sign, offsetHour, offsetMinute] = match
  const part = (digits: string | undefined) => Number(digits ?? 0)
  if (part(month) < 1 || part(month) > 12 || part(day) < 1 || part(day) > daysIn(part(year), part(month))) return null
  if (part(hour) > 23 || part(minute) > 59 || part(second) > 59) return null
  if (part(offsetHour) > 23 || part(offsetMinute) > 59) return null

  // Date.UTC would take the years 0–99 for 1900–1999.
  const date = new Date(0)
  date.setUTCFullYear(part(year), part(month) - 1, part(day))
  date.setUTCHours(part(hour), part(minute), part(second), Number(fraction.slice(0, 3).padEnd(3, '0')))
  const offset = (part(offsetHour) * 60 + part(offsetMinute)) * 60_000
  return date.getTime() + (sign === '-' ? offset : -offset)
}

const daysIn = (year: number, month: number): number =>
  month === 2 ? (isLeap(year) ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31

const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
