/** What one look over a text tells, so that most texts are spared the checks behind it. */
export interface WordScan {
  /** Numbers of the known beginnings that stand in it, each once. Good until the next look. */
  seen: readonly number[]
  has(number: number): boolean
  /** A word of 18 letters or more, or six single letters in a row. */
  hasRun: boolean
}

/**
 * Tells which of these beginnings of words (up to four of a to z and 0 to 9) stand in folded text, by their place in
 * the list: those of the words of `toWords`, which it does not make. It reads character codes, for it meets every text,
 * and splitting each into words and looking them up takes many times as long.
 */
export function createWordScan(beginnings: readonly string[]): (text: string) => WordScan {
  const bits = Math.ceil(Math.log2(4 * beginnings.length))
  const size = 2 ** bits
  const keys = new Int32Array(size)
  const numbers = new Int32Array(size).fill(-1)
  /** Where the key is, or the free place where it would be: three of four places are free. */
  const place = (key: number): number => {
    let at = Math.imul(key, 0x9e3779b1) >>> (32 - bits)
    while (keys[at] !== 0 && keys[at] !== key) at = (at + 1) & (size - 1)
    return at
  }
  for (const [number, beginning] of beginnings.entries()) {
    const key = Array.from(beginning).reduce((sum, char) => (sum << 8) | char.charCodeAt(0), 0)
    keys[place(key)] = key
    numbers[place(key)] = number
  }
  const minus = beginnings.indexOf('minu')
  /** By number: the look in which it was seen last. */
  const seenIn = new Int32Array(beginnings.length)
  let look = 0

  return (text) => {
    look++
    const seen: number[] = []
    const note = (number: number) => {
      if (number < 0 || seenIn[number] === look) return
      seenIn[number] = look
      seen.push(number)
    }
    let hasRun = false
    let length = 0
    let key = 0
    let singles = 0
    for (let i = 0; i <= text.length; i++) {
      const code = i < text.length ? letterOf(text, i) : SEPARATOR
      if (code === MARK) continue
      if (code > MINUS) {
        if (length < 4) key = (key << 8) | code
        length++
        if (text.charCodeAt(i) !== SHARP_S) continue
        if (length < 4) key = (key << 8) | code
        length++
        continue
      }
      // In words, `-1` is `minus 1`.
      if (code === MINUS && length === 0) note(minus)
      if (length === 0) continue
      note(numbers[place(key)] ?? -1)
      if (length >= 18) hasRun = true
      singles = length === 1 ? singles + 1 : 0
      if (singles >= 6) hasRun = true
      length = 0
      key = 0
    }
    return { seen, has: (number) => seenIn[number] === look, hasRun }
  }
}

const SEPARATOR = 1
/** Words go on as if it were not there. */
const MARK = 2
const MINUS = 45
const SHARP_S = 0xdf
/** By UTF-16 unit what `toWords` makes of it: the code of a letter or digit, or one of these. 0: not asked yet. */
const LETTERS = new Uint8Array(0x10000)

function letterOf(text: string, at: number): number {
  const unit = text.charCodeAt(at)
  const known = LETTERS[unit] ?? 0
  if (known !== 0) return known
  // Half of a character beyond the first plane: the other half says the same.
  if (unit >= 0xd800 && unit <= 0xdfff) return isMark(text, unit < 0xdc00 ? at : at - 1) ? MARK : SEPARATOR
  return (LETTERS[unit] = classify(String.fromCharCode(unit)))
}

function classify(char: string): number {
  if (char === 'ß') return 's'.charCodeAt(0)
  if (char === 'ı') return 'i'.charCodeAt(0)
  if (/[-\u2212\u2013]/.test(char)) return MINUS
  const plain = char.normalize('NFD').replace(/\p{M}+/gu, '')
  if (plain === '') return MARK
  return /^[a-z0-9]$/.test(plain) ? plain.charCodeAt(0) : SEPARATOR
}

const isMark = (text: string, at: number): boolean => /\p{M}/u.test(String.fromCodePoint(text.codePointAt(at) ?? 0))
