import { isElement } from './html-elements.ts'

/**
 * Whether a message is HTML as a whole: a document, markup from its first character to its last, lines parted by
 * `<br>`, or a mass of tags. Text that merely holds `<` is none, whether it is an arrow, a comparison, a type of a
 * programming language, or speaks of tags; nor is text with code in fences.
 */
export function isHtml(text: string): boolean {
  const first = text.indexOf('<')
  if (first === -1 || text.includes('```')) return false
  if (text.slice(0, first).trim() === '' && begins(text, first) && ENDS.test(text.trimEnd().slice(-MOST_OF_A_TAG)))
    return true
  return DOCUMENT.test(text) || hasAtLeast(2, text, LINE_END) || hasAtLeast(10, text, CLOSING)
}

/** With a comment, or with a known element. */
function begins(text: string, at: number): boolean {
  const name = TAG.exec(text.slice(at, at + MOST_OF_A_TAG))?.[1]?.toLowerCase()
  return text.startsWith('<!--', at) || (name !== undefined && isElement(name))
}
const TAG = /^<([a-z][\w:-]{0,30})[\s/>]/i
const ENDS = /(?:<\/[a-z][\w:-]{0,30}\s*|<(?:br|hr|img)\b[^<>]*|--)>$/i
const MOST_OF_A_TAG = 1024

/** It begins a line, and the next tag follows at once. */
const DOCUMENT = /^[ \t\uFEFF]*<(?:!doctype\s+html|html)\b[^<>]*>\s*</im
/** Who speaks of a tag parts it from the word before, or quotes it. */
const LINE_END = /(?<=[^\s`'"(])<br ?\/?>/gi
const CLOSING = /<\/(?:p|div|span|td|tr|table|li|ul|ol|h[1-6]|blockquote|font)>/gi

function hasAtLeast(count: number, text: string, pattern: RegExp): boolean {
  let found = 0
  for (const _match of text.matchAll(pattern)) if (++found === count) return true
  return false
}
