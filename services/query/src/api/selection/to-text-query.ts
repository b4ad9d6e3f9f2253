/** Words of letters and digits; everything else is between them, as in `words_of` of the tables. */
const WORDS = /[\p{L}\p{N}\p{M}]+/gu
const PARTS = /(?<without>-?)"(?<phrase>[^"]*)"?|(?<text>[^\s"]+)/gu
/** Scripts without spaces: each letter is a word, so that several are a phrase. As in `letters_of` of the tables. */
const LETTER_BY_LETTER =
  /[\u0E00-\u0EFF\u1000-\u109F\u1780-\u17FF\u3040-\u30FF\u3400-\u4DBF\u4E00-\u9FFF\uF900-\uFAFF\u{20000}-\u{3FFFF}]/u

/**
 * What a user looks for, in the syntax of `websearch_to_tsquery`, with words as the tables have them: what has
 * punctuation inside, such as an address, is a phrase. Null when it has no word that must be there.
 */
export function toTextQuery(text: string): string | null {
  let isWanted = false
  const parts: string[] = []
  for (const { groups = {} } of text.matchAll(PARTS)) {
    const { phrase, text: bare = '' } = groups
    const isWithout = groups['without'] === '-' || bare.startsWith('-')
    const words = (phrase ?? bare).match(WORDS) ?? []
    if (words.length === 0) continue
    const isPhrase = phrase !== undefined || words.length > 1 || LETTER_BY_LETTER.test(bare)
    const joined = words.join(' ')
    parts.push(`${isWithout ? '-' : ''}${isPhrase ? `"${joined}"` : joined}`)
    if (!isWithout && (isPhrase || joined.toLowerCase() !== 'or')) isWanted = true
  }
  return isWanted ? parts.join(' ') : null
}
