/** What a value of ours is, by the type of its column in Postgres. */
export interface PostgresValues {
  text: string | null
  'text[]': string[]
  uuid: string
  float8: number
  int4: number
  int8: number
  bool: boolean
  /** Epoch ms. */
  timestamptz: number
}

export type PostgresType = keyof PostgresValues

/**
 * How a value travels as an element of an array, which is how rows are written. Postgres would flatten an array of
 * arrays, so each of them is a literal.
 */
export const toPostgres: { [T in PostgresType]: (value: PostgresValues[T]) => unknown } = {
  text: (text) => (text === null ? null : withoutNul(text)),
  'text[]': (texts) => `{${texts.map((text) => `"${escapeQuotes(withoutNul(text))}"`).join(',')}}`,
  uuid: (id) => id,
  float8: (number) => number,
  int4: (number) => number,
  int8: (number) => number,
  bool: (is) => is,
  timestamptz: toTimestamp,
}

/** Epoch ms as Postgres reads it. */
export function toTimestamp(ms: number): string {
  return new Date(ms).toISOString()
}

/**
 * Postgres cannot store NUL in a text: in words for people it becomes the replacement character, so that it shows. Half
 * of a surrogate pair becomes the same when the text is encoded as UTF-8.
 */
function withoutNul(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '\uFFFD') : text
}

const escapeQuotes = (text: string): string => text.replaceAll(/["\\]/g, '\\$&')
