const iso =
  /^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)(?:[Tt ](?<hour>\d\d):(?<minute>\d\d)(?::(?<second>\d\d)(?<fraction>[.,]\d+)?)?(?<offset> ?[Zz]|[+\- −]\d\d(?::?\d\d)?)?)?$/
const unix = /^[+-]?\d+(?:\.\d+)?(?:e[+-]?\d{1,3})?$/i

/** The instants of years 0001 to 9999: what ISO 8601 writes with four digits and Postgres reads back. */
const earliest = Date.parse('0001-01-01T00:00:00Z')
const latest = Date.parse('9999-12-31T23:59:59.999Z')

/**
 * Reads an ISO 8601 date or date-time (no offset means UTC; a date alone is its midnight) or a Unix time in seconds.
 * Returns epoch milliseconds, with a fraction where the text is finer than that; null when it is neither. A `+` that
 * was not percent-encoded reaches us as a space: `…T03:04:05 02:00` means the offset `+02:00`.
 */
export function parseInstant(text: string): number | null {
  return unix.test(text) ? fromUnixSeconds(Number(text)) : parseIso(text)
}

/**
 * JSON schemas of an instant, for descriptions of an API. Tools know no name for ISO 8601 without an
 * offset; it is taken, too.
 */
export const instantSchemas = [
  { type: 'string', format: 'date-time' },
  { type: 'string', format: 'date' },
  { type: 'number', minimum: earliest / 1000, maximum: Math.floor(latest / 1000) },
]

/**
 * Epoch milliseconds of a Unix time in seconds, or null outside the years 1 to 9999 (where milliseconds end up that are
 * taken for seconds).
 */
export function fromUnixSeconds(seconds: number): number | null {
  return inCalendar(seconds * 1000)
}

const inCalendar = (ms: number): number | null => (ms >= earliest && ms <= latest ? ms : null)

/** As parseInstant, without the Unix time. */
export function parseIso(text: string): number | null {
  const part = iso.exec(text)?.groups
  if (part === undefined) return null
  const [year, month, day] = [Number(part.year), Number(part.month), Number(part.day)]
  const [hour, minute, second] = [Number(part.hour ?? 0), Number(part.minute ?? 0), Number(part.second ?? 0)]
  const fraction = Number(`0.${part.fraction?.slice(1) ?? 0}`)
  const midnightAtEnd = hour === 24 && minute === 0 && second + fraction === 0
  if ((hour > 23 && !midnightAtEnd) || minute > 59 || second > 59) return null
  // Date.UTC reads years below 100 as 19xx, and rolls an impossible day over into the next month.
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null
  const offset = parseOffset(part.offset)
  if (offset === null) return null
  return inCalendar(date.getTime() + ((hour * 60 + minute - offset) * 60 + second) * 1000 + fraction * 1000)
}

/** Minutes east of Greenwich. */
function parseOffset(text: string | undefined): number | null {
  if (text === undefined || /z$/i.test(text)) return 0
  const digits = text.slice(1).replace(':', '')
  const [hours, minutes] = [Number(digits.slice(0, 2)), Number(digits.slice(2))]
  if (hours > 23 || minutes > 59) return null
  const sign = text.startsWith('-') || text.startsWith('−') ? -1 : 1
  return sign * (hours * 60 + minutes)
}
