/**
 * What the units of a text add to its tokens, in hundredths of one. Fitted by least squares of the relative error (no
 * weight below nothing) against o200k_base on JSON-escaped texts: interface messages in 38 languages, support
 * conversations in 28, code, JSON, addresses, numbers, emoji and random letters.
 *
 * The letters of a language tell how well a vocabulary made mostly from English splits it: k, z, v, j and letters with
 * marks are rare in what it was made from.
 */

/** a to z as one of the first four letters of a word, and behind them. */
const EARLY = [22, 16, 3, 17, 3, 11, 4, 24, 25, 3, 90, 18, 3, 3, 3, 3, 3, 3, 3, 3, 11, 60, 3, 3, 23, 42]
const LATE = [59, 3, 3, 3, 7, 3, 3, 3, 10, 145, 26, 3, 3, 3, 32, 3, 3, 3, 3, 50, 17, 70, 3, 81, 3, 143]

/** Letters with marks, wherever they stand in a word. */
const MARKED: Record<string, number> = {
  éèêàçâîôûùëï: 53,
  áíóúñ: 61,
  ãõ: 0,
  äöüß: 76,
  åøæ: 112,
  ğış: 33,
  őű: 250,
  ąćęłńśźż: 75,
  čďěňřšťůžý: 111,
  ăşţșț: 156,
  đơư: 0,
}
const OTHER_LATIN_1 = 126
const OTHER_LATIN = 203
const VIETNAMESE = 17

/**
 * Where a Latin word begins, by what stands in front of it: one mark that a letter stands in front of (`l'albergo`,
 * `example.com`) mostly shares its token.
 */
export const BEGINS = {
  behindSpace: 57,
  behindDigit: 90,
  behindLineBreak: 0,
  behindJoint: 10,
  behindMark: 52,
  behindOther: 39,
}
/** From the 12th and from the 20th letter of a word on. */
export const LONG_WORD = { from12: 33, from20: 10 }
/** A capital behind a small letter begins a word of its own (`camelCase`), behind a capital it does not (`ABC`). */
export const CAPITAL = { behindSmall: 105, behindCapital: 41 }
/** One token holds up to three digits; the space before them is another. */
export const DIGITS = { each3: 102, behindSpace: 118 }
export const SPACE_BEHIND_SPACE = 6

/** Units that only depend on whether the unit before was of the same kind. */
export interface Kind {
  first: number
  next: number
  /** Added from the 7th of a row on. */
  from7?: number
}
export const OTHER: Kind = { first: 150, next: 150 }
/** Full stop and comma as the first of a row. */
export const STOP = 70
/** Inclusive ranges of UTF-16 units; of two that overlap the later one counts. */
export const KINDS: readonly [from: number, to: number, kind: Kind][] = [
  // Control characters are six in JSON: `\u0001`.
  [0x00, 0x1f, { first: 400, next: 400 }],
  [0x09, 0x0d, { first: 179, next: 54 }],
  [0x21, 0x7f, { first: 93, next: 25 }],
  [0x80, 0xbf, { first: 126, next: 56 }],
  [0x0300, 0x036f, { first: 60, next: 30 }],
  [0x0370, 0x03ff, { first: 134, next: 21, from7: 7 }],
  [0x0400, 0x052f, { first: 99, next: 9, from7: 16 }],
  [0x0590, 0x05ff, { first: 133, next: 14, from7: 60 }],
  [0x0600, 0x077f, { first: 86, next: 20, from7: 44 }],
  [0x0900, 0x097f, { first: 36, next: 36 }],
  [0x0980, 0x0dff, { first: 38, next: 38 }],
  [0x0e00, 0x0e7f, { first: 164, next: 36 }],
  [0x1f00, 0x1fff, { first: 134, next: 21, from7: 7 }],
  [0x2000, 0x206f, { first: 117, next: 30 }],
  [0x2070, 0x2e7f, { first: 124, next: 156 }],
  [0x3000, 0x303f, { first: 60, next: 100 }],
  [0x3040, 0x309f, { first: 17, next: 17 }],
  [0x30a0, 0x30ff, { first: 78, next: 78 }],
  [0x3400, 0x9fff, { first: 235, next: 64 }],
  [0xac00, 0xd7af, { first: 148, next: 33 }],
  // Halves of emoji and of other rare characters.
  [0xd800, 0xdfff, { first: 172, next: 50 }],
  [0xfe00, 0xfe0f, { first: 12, next: 69 }],
  [0xff00, 0xffef, { first: 60, next: 100 }],
]

/** Cyrillic letters that Russian has not. */
const FOREIGN_CYRILLIC: Record<string, number> = { єіїґ: 195, ђјљњћџ: 292, ъ: 420 }

/** By UTF-16 unit: 0 where it is no Latin letter, else 1 + what it adds early and late in a word. */
export const LATIN_EARLY = new Uint16Array(0x1f00)
export const LATIN_LATE = new Uint16Array(0x1f00)
/** By UTF-16 unit: replaces what the kind says. */
export const CYRILLIC = new Uint16Array(0x0530)

const both = (letter: string, weight: number) => {
  for (const form of [letter, letter.toUpperCase()]) {
    if (form.length !== 1) continue
    LATIN_EARLY[form.charCodeAt(0)] = 1 + weight
    LATIN_LATE[form.charCodeAt(0)] = 1 + weight
  }
}
for (let code = 0xc0; code < 0x250; code++) both(String.fromCharCode(code), code < 0x100 ? OTHER_LATIN_1 : OTHER_LATIN)
for (let code = 0x1e00; code < 0x1f00; code++) both(String.fromCharCode(code), VIETNAMESE)
for (const [letters, weight] of Object.entries(MARKED)) for (const letter of letters) both(letter, weight)
for (let i = 0; i < 26; i++) {
  // Capitals add what their place adds.
  LATIN_EARLY[0x41 + i] = 1
  LATIN_LATE[0x41 + i] = 1
  LATIN_EARLY[0x61 + i] = 1 + (EARLY[i] ?? 0)
  LATIN_LATE[0x61 + i] = 1 + (LATE[i] ?? 0)
}
for (const [letters, weight] of Object.entries(FOREIGN_CYRILLIC))
  for (const letter of letters + letters.toUpperCase()) CYRILLIC[letter.charCodeAt(0)] = weight
