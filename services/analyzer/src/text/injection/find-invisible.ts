/**
 * Characters that no reader sees and that hide text, or show it in another order than it is read: a short word for
 * them, or nothing. All of them are removed before the prompt, so those that hide nothing are no attack: the filler
 * behind the preview of a mail, isolates around inserted names, a break within a long word, flags and families in
 * emoji, joiners in Persian and Indic words.
 */
export function findInvisible(text: string): string | undefined {
  if (!ANY.test(text)) return undefined
  const carrier = CARRIERS.find(({ pattern, except }) =>
    pattern.test(except === undefined ? text : text.replace(except, '')),
  )
  return carrier?.name ?? (hasEncodedRun(text) ? 'encoded in invisible characters' : undefined)
}

const ANY = /[\p{Default_Ignorable_Code_Point}\p{Cf}]/u

/**
 * England, Scotland, Wales, and regions such as Texas: a black flag, two letters of a country and up to three of a
 * region.
 */
const REGION_FLAGS = /\u{1F3F4}[\u{E0061}-\u{E007A}]{2}[\u{E0030}-\u{E0039}\u{E0061}-\u{E007A}]{1,3}\u{E007F}/gu
/** `\u202D+1 555 0100\u202C`: copied from an address book. */
const COPIED_NUMBERS = /[\u202A\u202D\u2066\u2068][-+()\d\s./]{3,40}[\u202C\u2069]/gu

/** Without the parts that are `except`. */
const CARRIERS: { name: string; pattern: RegExp; except?: RegExp }[] = [
  { name: 'tag characters', pattern: /[\u{E0000}-\u{E007F}]/u, except: REGION_FLAGS },
  { name: 'bidirectional override', pattern: /[\u202D\u202E]/u, except: COPIED_NUMBERS },
  { name: 'row of variation selectors', pattern: /[\uFE00-\uFE0F\u{E0100}-\u{E01EF}]{2}/u },
  { name: 'variation selectors', pattern: /(?<!\p{Script=Han})[\u{E0100}-\u{E01EF}]/u },
]

/**
 * Whether invisible characters that stand close together, with at most one other or white space between two of them,
 * follow each other like letters or bits. Filler repeats a few of them in one order.
 */
function hasEncodedRun(text: string): boolean {
  let row = ''
  let end = 0
  for (const { 0: some, index } of text.matchAll(INVISIBLE)) {
    if (!isGap(text, end, index)) {
      if (isEncoded(row)) return true
      row = ''
    }
    row += some
    end = index + some.length
  }
  return isEncoded(row)
}

/** Variation selectors have their own rules. */
const INVISIBLE = /[[\uFFF9-\uFFFB\p{Default_Ignorable_Code_Point}]--[\uFE00-\uFE0F\u{E0000}-\u{E0FFF}]]+/gv

function isGap(text: string, from: number, to: number): boolean {
  if (to - from <= 2) return true
  return to - from <= MOST_SPACES && /^\s*$/.test(text.slice(from, to))
}
const MOST_SPACES = 16

/** Read as pieces of which each repeats what stood shortly before, or is new: a filler has few, a message many. */
function isEncoded(row: string): boolean {
  let pieces = 0
  for (let at = 0; at < row.length; pieces++) {
    if (pieces > MOST_PIECES) return true
    let longest = 1
    for (let back = 1; back <= Math.min(at, LONGEST_PERIOD); back++) {
      let same = 0
      while (at + same < row.length && row[at + same] === row[at + same - back]) same++
      longest = Math.max(longest, same)
    }
    at += longest
  }
  return pieces > MOST_PIECES
}
/** Of the characters that a filler repeats. */
const LONGEST_PERIOD = 12
/** A word of five letters, in bits, comes to about as many. */
const MOST_PIECES = 12
