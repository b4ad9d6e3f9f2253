/**
 * Whether the text is a JSON object (RFC 8259). Long ones are read without building what they say: 2 MB of different
 * keys take JSON.parse nearly a second, this some milliseconds, and the same for any text. Any depth is taken, in a
 * byte for each level.
 */
export function isJsonObject(text: string): boolean {
  return text.length > MAX_PARSED ? isObject(text) : isParsedObject(text)
}

/** Up to here JSON.parse, which is native, is the quicker one, whatever the text. */
const MAX_PARSED = 4_096

function isParsedObject(text: string): boolean {
  if (text === '{}') return true
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}

const code = (char: string): number => char.charCodeAt(0)
const [QUOTE, COMMA, COLON, BACKSLASH] = [code('"'), code(','), code(':'), code('\\')]
const [OPEN, CLOSE, OPEN_ARRAY, CLOSE_ARRAY] = [code('{'), code('}'), code('['), code(']')]

/** Numbers and the three names, at a place. */
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y
/** An escape in a string, at a place. */
const ESCAPE = /\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4})/y

function isObject(text: string): boolean {
  /** What closes each level that is open. */
  let open = new Uint8Array(64)
  let depth = 0
  let at = skipSpace(text, 0)
  if (text.charCodeAt(at) !== OPEN) return false
  /** A key or `}`; a value or `]`; a key; a value; what comes behind a value. */
  let expected: 'first key' | 'first value' | 'key' | 'value' | 'end' = 'value'
  for (;;) {
    at = skipSpace(text, at)
    const unit = text.charCodeAt(at)
    const closes = open[depth - 1] === unit
    if (expected === 'end' && unit === COMMA) {
      expected = open[depth - 1] === CLOSE ? 'key' : 'value'
      at++
    } else if (closes && (expected === 'end' || expected === 'first key' || expected === 'first value')) {
      at++
      expected = 'end'
      if (--depth === 0) return skipSpace(text, at) === text.length
    } else if (expected === 'end') return false
    else if (expected === 'key' || expected === 'first key') {
      const colon = skipSpace(text, endOfString(text, at))
      if (text.charCodeAt(colon) !== COLON) return false
      at = colon + 1
      expected = 'value'
    } else if (unit === OPEN || unit === OPEN_ARRAY) {
      if (depth === open.length) open = grown(open)
      open[depth++] = unit === OPEN ? CLOSE : CLOSE_ARRAY
      expected = unit === OPEN ? 'first key' : 'first value'
      at++
    } else {
      at = unit === QUOTE ? endOfString(text, at) : endOf(SCALAR, text, at)
      if (at === NOWHERE) return false
      expected = 'end'
    }
  }
}

const NOWHERE = Infinity

/** Behind the closing quote of the string that begins here; nowhere if there is none. */
function endOfString(text: string, from: number): number {
  if (text.charCodeAt(from) !== QUOTE) return NOWHERE
  let at = from + 1
  while (at < text.length) {
    const unit = text.charCodeAt(at)
    if (unit === QUOTE) return at + 1
    if (unit < 0x20) return NOWHERE
    at = unit === BACKSLASH ? endOf(ESCAPE, text, at) : at + 1
  }
  return NOWHERE
}

function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : NOWHERE
}

function skipSpace(text: string, from: number): number {
  let at = from
  for (let unit = text.charCodeAt(at); unit === 0x20 || unit === 0x0a || unit === 0x0d || unit === 0x09;)
    unit = text.charCodeAt(++at)
  return at
}

function grown(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(2 * bytes.length)
  larger.set(bytes)
  return larger
}
