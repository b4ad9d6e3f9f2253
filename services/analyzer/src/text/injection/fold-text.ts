import { normalizeText } from '../normalize-text.ts'

/**
 * Lower case, compatibility forms resolved, invisible characters gone, letters that look Latin made Latin; lines stay.
 */
export const foldText = (text: string): string => {
  // Most texts are plain: they need no more.
  if (isPlain(text)) return text.toLowerCase()
  const folded = normalizeText(text, 'NFKC')
    .toLowerCase()
    .replace(/[\p{Default_Ignorable_Code_Point}\u{FFF9}-\u{FFFB}]/gu, '')
    .replace(/\r\n?|[\u2028\u2029\u0085]/g, '\n')
  if (!LOOK_ALIKE.test(folded)) return folded
  return folded.replace(WORDS, (word) =>
    MIXED.test(word) ? word.replace(/[^a-z]/g, (letter) => LATIN_FOR.get(letter) ?? letter) : word,
  )
}

/**
 * The text as words of a to z and 0 to 9 with one space around each; `-1` is `minus 1`. Patterns over it need no other
 * separator, so nothing hides behind punctuation, line breaks or marks on letters.
 */
export function toWords(text: string): string {
  const plain = isPlain(text)
    ? text
    : normalizeText(text.replaceAll('ß', 'ss').replaceAll('ı', 'i'), 'NFD').replace(/\p{M}+/gu, '')
  return ` ${plain.replace(/(?<![a-z0-9])[-\u2212\u2013] ?(?=\d)/g, ' minus ').replace(/[^a-z0-9]+/g, ' ')} `
}

/** The text with digits and signs for letters (`1gn0re`), read both ways; none where no word holds any. */
export function leetReadings(text: string): string[] {
  if (!LEET.test(text)) return []
  const letters = text.replace(SIGNS, (sign) => LETTER_FOR[sign] ?? sign)
  return [letters.replace(/[1!|]/g, 'i'), letters.replace(/[1!|]/g, 'l')]
}

/**
 * What is spelt with gaps (`i g n o r e`), six letters or more, or without any (`ignoreallprevious`), 18 or more: a
 * line for each.
 */
export function runsOf(words: string): string {
  const runs: string[] = []
  let letters: string[] = []
  const close = () => {
    if (letters.length >= 6) runs.push(letters.join(''))
    if (letters.length > 0) letters = []
  }
  for (const word of words.split(' ')) {
    if (word.length === 1) letters.push(word)
    else close()
    if (word.length >= 18) runs.push(word)
  }
  close()
  return runs.join('\n')
}

/** A sign that ends a word is one: "Thanks!" is no `thanksi`. */
const LEET = /[a-z][0134578@$]|[a-z][!|][a-z]|[0134578@$!|][a-z]/
const SIGNS = /[034578@$]/g
const LETTER_FOR: Record<string, string> = { 0: 'o', 3: 'e', 4: 'a', 5: 's', 7: 't', 8: 'b', '@': 'a', $: 's' }

const LOOK_ALIKES = String.raw`\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\u0131\u0250-\u02AF\u1D00-\u1D7F\uA730-\uA7FF`
const LOOK_ALIKE = new RegExp(`[${LOOK_ALIKES}]`, 'u')
/**
 * Words that mix Latin letters with look-alikes, and small capitals: words in another script are left to those who read
 * it.
 */
const WORDS = new RegExp(`[a-z${LOOK_ALIKES}]+`, 'gu')
const MIXED = /[a-z][^a-z]|[^a-z][a-z]|[\u0250-\u02AF\u1D00-\u1D7F\uA730-\uA7FF]/
const LATIN_FOR = new Map(
  Object.entries({
    a: 'аαɑᴀ',
    b: 'ьвʙβ',
    c: 'сϲᴄ',
    d: 'ԁᴅɗ',
    e: 'еєҽεᴇɛ',
    f: 'ғꜰƒ',
    g: 'ɡɢԍ',
    h: 'һнʜհ',
    i: 'іιɩıɪї',
    j: 'јϳᴊ',
    k: 'кκᴋ',
    l: 'ӏʟ',
    m: 'мᴍ',
    n: 'пηɴո',
    o: 'оοσօᴏө',
    p: 'рρᴘ',
    q: 'ԛգ',
    r: 'гʀᴦ',
    s: 'ѕꜱ',
    t: 'тτᴛ',
    u: 'υսᴜц',
    v: 'ѵνᴠ',
    w: 'ԝωᴡш',
    x: 'хχ',
    y: 'уγʏү',
    z: 'ᴢʐ',
  }).flatMap(([latin, others]) => Array.from(others, (other) => [other, latin] as const)),
)

/** Nothing but ASCII that is seen, and white space. */
const isPlain = (text: string): boolean => /^[\n\t -~]*$/.test(text)
