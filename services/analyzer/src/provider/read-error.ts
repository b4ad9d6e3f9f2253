import { parseJson } from './parse-json.ts'

/** What an error says, whatever its shape. */
export interface SaidError {
  /** The HTTP status that it names (a gateway passes its provider's on in its own); null when it names none. */
  status: number | null
  /** Its codes and messages, for words to be looked for in. */
  words: string
  /** How long it asks to wait, in milliseconds; undefined when it does not say. */
  retryAfterMs: number | undefined
}

/**
 * Errors are `{code, error}` (xAI), `{error: {code, message, type}}` (OpenAI, Azure), one of these inside another
 * (gateways), a list of faults (validators), or plain text. Only what stands under such names is read: a validator
 * quotes the request, and a customer who writes of credits must not be taken for an empty account. Bounded in depth and
 * number; `now` is epoch milliseconds.
 */
export function readError(body: string, now: number): SaidError {
  if (body.length > BODY_MAX) return { status: null, words: '', retryAfterMs: undefined }
  const parsed = parseJson(body)
  if (typeof parsed !== 'object' || parsed === null) {
    const words = body.slice(0, WORDS_MAX)
    return { status: null, words, retryAfterMs: waitInWords(words) }
  }
  const fields = fieldsOf(parsed)
  const texts = fields.filter(({ name, value }) => WORDS.has(name) && /^(string|number)$/.test(typeof value))
  const words = texts
    .map(({ value }) => String(value).slice(0, WORDS_MAX / 2))
    .join(' ')
    .slice(0, WORDS_MAX)
  const [status = null] = fields.flatMap(({ name, value }) => (STATUS.has(name) ? (toStatus(value) ?? []) : []))
  const [wait] = fields.flatMap(({ name, value }) => (WAITS.has(name) ? (toMs(name, value, now) ?? []) : []))
  return { status, words, retryAfterMs: wait ?? waitInWords(words) }
}

interface Field {
  /** Lower case, letters only: `Retry-After` and `retry_after` are the same. */
  name: string
  value: unknown
}

/** The outermost first. The entries of a list have the name of the list. */
function fieldsOf(error: object): Field[] {
  const fields: Field[] = []
  let level: object[] = [error]
  for (let depth = 0; depth < DEPTH_MAX && level.length > 0; depth++) {
    const deeper: object[] = []
    for (const outer of level)
      for (const [key, given] of Object.entries(outer)) {
        const name = key.toLowerCase().replace(/[^a-z]/g, '')
        for (const value of Array.isArray(given) ? given : [given]) {
          if (fields.length === FIELDS_MAX) return fields
          fields.push({ name, value })
          // `raw` is the provider's own body, as a text.
          const inner = name === 'raw' && typeof value === 'string' ? parseJson(value) : value
          if (CONTAINERS.has(name) && typeof inner === 'object' && inner !== null) deeper.push(inner)
        }
      }
    level = deeper
  }
  return fields
}

function toStatus(value: unknown): number | null {
  const status = Number(typeof value === 'string' || typeof value === 'number' ? value : Number.NaN)
  return Number.isInteger(status) && status >= 400 && status < 600 ? status : null
}

/** Seconds, also with their unit (`12s`), an HTTP date, or milliseconds where the name says so. */
function toMs(name: string, value: unknown, now: number): number | null {
  const [, digits] = /^(\d{1,9}(?:\.\d{1,9})?)s?$/.exec(String(value)) ?? []
  if (digits !== undefined) return Number(digits) * (name.endsWith('ms') ? 1 : 1000)
  const date = typeof value === 'string' && HTTP_DATE.test(value) ? Date.parse(value) : Number.NaN
  return Number.isNaN(date) ? null : Math.max(0, date - now)
}

/** "Please retry after 26 seconds", "try again in 1m12.5s", "in 800ms". */
function waitInWords(words: string): number | undefined {
  const [said, minutes = 0, amount = 0, unit] = IN_WORDS.exec(words) ?? []
  if (said === undefined || (minutes === 0 && amount === 0)) return undefined
  return Number(minutes) * 60_000 + Number(amount) * (unit?.toLowerCase() === 'ms' ? 1 : 1000)
}

const IN_WORDS =
  /(?:retry|try again) (?:after|in) (?:(\d{1,4}) ?m(?:in(?:ute)?s?)?(?![a-z]) ?)?(?:(\d{1,6}(?:\.\d{1,3})?) ?(ms|s(?:ec(?:ond)?s?)?)(?![a-z]))?/i

const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} [\d:]{8} GMT$/

const CONTAINERS = new Set([
  'error',
  'errors',
  'innererror',
  'detail',
  'details',
  'metadata',
  'headers',
  'raw',
  'choices',
  'message',
])
const WORDS = new Set([
  'error',
  'errors',
  'code',
  'type',
  'message',
  'msg',
  'detail',
  'details',
  'title',
  'reason',
  'raw',
])
const STATUS = new Set(['code', 'status', 'statuscode'])
const WAITS = new Set(['retryafter', 'retryafterms', 'retryafterseconds', 'retrydelay'])
const BODY_MAX = 100_000
const WORDS_MAX = 1_000
const DEPTH_MAX = 5
const FIELDS_MAX = 200
