/**
 * The text in a normal form of Unicode (UAX #15), in time that grows with its length. The marks on a letter are put
 * in order by insertion, so a row of n marks costs n²: a quarter of a megabyte took ten seconds. What stands behind
 * the thirtieth mark of a row is therefore left out before (Unicode's Stream-Safe Text Format; no script piles up
 * more). Text without such a row comes out as ever.
 */
export const normalizeText = (text: string, form: 'NFKC' | 'NFD'): string => cutMarks(text).normalize(form)

const MAX_MARKS = 30

function cutMarks(text: string): string {
  if (!mayHaveRow(text)) return text
  const kept: string[] = []
  let from = 0
  let row = 0
  for (let i = 0; i < text.length; i++) {
    const at = i
    // Both halves of a character beyond the first plane.
    if (isHigh(text.charCodeAt(i)) && isLow(text.charCodeAt(i + 1))) i++
    if (isMark(text, at)) {
      if (++row === MAX_MARKS + 1) kept.push(text.slice(from, at))
      continue
    }
    if (row > MAX_MARKS) from = at
    row = 0
  }
  if (row <= MAX_MARKS) kept.push(text.slice(from))
  return kept.join('')
}

/** Reads one unit of 31: a row of more than 30 marks cannot stand between two of them. */
function mayHaveRow(text: string): boolean {
  for (let at = MAX_MARKS; at < text.length; at += MAX_MARKS + 1) {
    let from = at
    let to = at
    while (from >= 0 && at - from <= MAX_MARKS && isMark(text, from)) from--
    while (to < text.length && to - at <= MAX_MARKS && isMark(text, to)) to++
    if (to - from - 1 > MAX_MARKS) return true
  }
  return false
}

const UNKNOWN = 0
const NO_MARK = 1
const A_MARK = 2
/** By UTF-16 unit, as soon as it was asked for. */
const KNOWN = new Uint8Array(0x10000)

/** Whether the character at this unit, or whose second half it is, is a mark. */
function isMark(text: string, at: number): boolean {
  const unit = text.charCodeAt(at)
  if (isHigh(unit)) return isLow(text.charCodeAt(at + 1)) && MARK.test(text.slice(at, at + 2))
  if (isLow(unit)) return at > 0 && isHigh(text.charCodeAt(at - 1)) && isMark(text, at - 1)
  if (KNOWN[unit] === UNKNOWN) KNOWN[unit] = MARK.test(String.fromCharCode(unit)) ? A_MARK : NO_MARK
  return KNOWN[unit] === A_MARK
}

/** Half-width voicing marks are letters by their category, and marks once they are resolved. */
const MARK = /^[\p{M}\uFF9E\uFF9F]/u
const isHigh = (unit: number): boolean => (unit & 0xfc00) === 0xd800
const isLow = (unit: number): boolean => (unit & 0xfc00) === 0xdc00
