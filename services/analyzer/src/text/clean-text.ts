import { normalizeText } from './normalize-text.ts'

/**
 * A conversation's text as the model may see it: NFKC, well-formed, without control characters and without what no
 * reader sees (zero-width, bidi, tag, variation and other default-ignorable characters), where instructions can be
 * hidden. Of rows of these and of no-break spaces, with which mails fill up their preview, one space or break stays.
 */
export function cleanText(text: string): string {
  if (PLAIN.test(text)) return text.trim()
  return normalizeText(text.toWellFormed().replace(ROW_OF_NOTHING, shortenRow), 'NFKC')
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

/** Most texts: nothing but ASCII that is seen, and white space. */
const PLAIN = /^[\n\t -~]*$/
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\u{FFF9}-\u{FFFB}]/gu
const LINE_BREAKS = /\r\n|[\r\v\f\u0085\u2028\u2029]/g
/** All of C0 and C1 but tab and line feed. */
const CONTROLS = /[^\P{Cc}\t\n]/gu

const ROW_OF_NOTHING = /[\t\r\n \u00A0\u2000-\u200A\u202F\u205F\u2800\p{Default_Ignorable_Code_Point}]{2,}/gu

/** What holds only ordinary white space is someone's layout, and stays. */
function shortenRow(row: string): string {
  if (/^[\t\r\n ]*$/.test(row)) return row
  const breaks = row.match(/\r\n?|\n/g)?.length ?? 0
  if (breaks > 0) return breaks === 1 ? '\n' : '\n\n'
  return /[^\p{Default_Ignorable_Code_Point}]/u.test(row) ? ' ' : ''
}
