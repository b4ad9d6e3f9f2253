/** What a value of ours is, by the type of its column in Postgres. */
export interface PostgresValues {
  text: string
  'text[]': readonly string[]
  'int4[]': readonly number[] | Int32Array
  'int8[]': readonly number[]
  uuid: string
  float8: number
  int4: number
  int8: number
  numeric: bigint
  bool: boolean
  /** Epoch ms. */
  timestamptz: number
  /** `YYYY-MM-DD` */
  date: string
  /** JSON text. */
  jsonb: string
  bytea: Buffer
}

export type PostgresType = keyof PostgresValues

/**
 * How a value travels as an element of an array, which is how rows are written: as a number where its type has a fixed
 * width (array-parameter.ts), else as a text. Postgres would flatten an array of arrays, so each of them is a literal.
 */
export const toPostgres: { [T in PostgresType]: (value: PostgresValues[T]) => string | number | boolean } = {
  text: withoutNul,
  'text[]': (texts) => `{${texts.map((text) => `"${escapeQuotes(withoutNul(text))}"`).join(',')}}`,
  'int4[]': (numbers) => `{${numbers.join(',')}}`,
  'int8[]': (numbers) => `{${numbers.join(',')}}`,
  uuid: (id) => id,
  float8: (number) => number,
  int4: (number) => number,
  int8: (number) => number,
  numeric: (number) => String(number),
  bool: (is) => is,
  timestamptz: (ms) => ms,
  date: (date) => date,
  jsonb: toJsonb,
  bytea: (bytes) => `\\x${bytes.toString('hex')}`,
}

/** Epoch ms as Postgres reads it. */
export function toTimestamp(ms: number): string {
  return new Date(ms).toISOString()
}

/**
 * Postgres cannot store NUL in a text: in words for people it becomes the replacement character, so that it shows. Half
 * of a surrogate pair becomes the same when the text is encoded as UTF-8.
 */
export function withoutNul(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '\uFFFD') : text
}

const escapeQuotes = (text: string): string => text.replaceAll(/["\\]/g, '\\$&')

/** The strings and numbers of a JSON text. */
const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g
/** Where it looks for a long number only at its beginning: at each digit, a megabyte of shorter ones takes seconds. */
const LARGE = /\d[eE]|(?<!\d)\d{1000}/
const NUL_OR_HALF = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/i

/**
 * JSON text as jsonb takes it: an escaped NUL or half of a surrogate pair becomes the replacement character, as in
 * other texts, and a number with an exponent beyond 1,000 or of more than 1,000 digits becomes its own text.
 */
function toJsonb(json: string): string {
  if (!NUL_OR_HALF.test(json) && !LARGE.test(json)) return json
  return json.replaceAll(TOKENS, (token) => {
    if (token.startsWith('"')) {
      return NUL_OR_HALF.test(token) ? JSON.stringify(withoutNul(String(JSON.parse(token)).toWellFormed())) : token
    }
    const exponent = Number(/[eE]([+-]?\d+)$/.exec(token)?.[1] ?? 0)
    return Math.abs(exponent) > 1_000 || token.length > 1_000 ? `"${token}"` : token
  })
}
