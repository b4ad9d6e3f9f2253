import { normalizeText } from './normalize-text.ts'

/**
 * A conversation's text as the model may see it: NFKC, well-formed, without control characters and without what no
 * reader sees (zero-width, bidi, tag, variation and other default-ignorable characters), where instructions can be
 * hidden.
 */
export function cleanText(text: string): string {
  return normalizeText(text.toWellFormed(), 'NFKC')
    .replace(INVISIBLE, '')
    .replace(LINE_BREAKS, '\n')
    .replace(CONTROLS, ' ')
    .trim()
}

/** At most `max` UTF-16 units, never half a surrogate pair. */
export function cutText(text: string, max: number): string {
  if (text.length <= max) return text
  const cut = text.slice(0, max)
  return /[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut
}

const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\u{FFF9}-\u{FFFB}]/gu
const LINE_BREAKS = /\r\n|[\r\v\f\u0085\u2028\u2029]/g
/** All of C0 and C1 but tab and line feed. */
const CONTROLS = /[^\P{Cc}\t\n]/gu
