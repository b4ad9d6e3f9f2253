/**
 * A text as a terminal may get it: what moves the cursor, colours, renames the window or turns the direction of reading
 * is shown as `\u{…}` in its place, for an id or an error message can be a stranger's. Line breaks and tabs stay.
 */
export const toPrintable = (text: string): string =>
  text.replaceAll(UNPRINTABLE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)

/** The same for what has its place in a line, of at most 500 characters: a line break is shown, too. */
export const toPrintableLine = (text: string): string => toPrintable(text.slice(0, 500)).replaceAll('\n', '\\u{a}')

/** Controls without tab and line feed, separators of lines, and marks of direction. */
const UNPRINTABLE = /[^\P{Cc}\t\n]|[\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu
