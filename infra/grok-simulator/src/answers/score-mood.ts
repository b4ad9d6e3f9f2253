import { detectLanguage, wordsOf } from './detect-language.ts'
import { scoreEnglish } from './score-english.ts'
import { moodEmoji, moodWords, negations, type Language } from './sentiment-words.ts'

export interface Mood {
  /** In [-1, 1]: VADER's `compound`, or the same measure over our own words. */
  compound: number
  language: Language
}

// More than any prompt holds of one message; a text of megabytes would stop the process for a while.
const maxCharacters = 4000
// VADER's constants: how sums become [-1, 1], what a negation does, what an exclamation mark adds.
const alpha = 15
const negationFactor = -0.74
const exclamation = 0.292
const maxExclamations = 4

const emojiPattern = new RegExp([...moodEmoji.keys()].join('|'), 'gu')
const phrases = new Map(
  Object.entries(moodWords).map(([language, table]) => [language, [...table].filter(([words]) => words.includes(' '))]),
)

/** Scores one text. English goes to VADER; the other languages through short word lists, so that they are not all 0. */
export function scoreMood(text: string): Mood {
  const read = text.slice(0, maxCharacters)
  const words = wordsOf(read)
  const language = detectLanguage(read, words)
  const sum = language === 'en' ? sumOfEnglish(read) : sumOfWords(read, words, language)
  return { compound: toCompound(sum + sumOfEmoji(read)), language }
}

function sumOfEnglish(text: string): number {
  const compound = scoreEnglish(text)
  // The inverse of toCompound: VADER gives only the squashed sum, and emoji are to be added before squashing.
  const inside = Math.min(0.9999, Math.abs(compound))
  return Math.sign(compound) * inside * Math.sqrt(alpha / (1 - inside * inside))
}

function sumOfWords(text: string, words: readonly string[], language: Exclude<Language, 'en'>): number {
  const sum = language === 'ja' ? sumOfJapanese(text) : sumOfSpaced(words, language)
  const marks = Math.min(maxExclamations, text.match(/[!！]/g)?.length ?? 0)
  return sum + Math.sign(sum) * marks * exclamation
}

function sumOfJapanese(text: string): number {
  return [...moodWords.ja].reduce((sum, [word, mood]) => sum + (text.includes(word) ? mood : 0), 0)
}

function sumOfSpaced(words: readonly string[], language: Exclude<Language, 'en' | 'ja'>): number {
  const table = moodWords[language]
  let sum = 0
  for (const [index, word] of words.entries()) {
    const mood = table.get(word)
    if (mood === undefined) continue
    const negated = words.slice(Math.max(0, index - 3), index).some((before) => negations[language].has(before))
    sum += mood * (negated ? negationFactor : 1)
  }
  const joined = ` ${words.join(' ')} `
  for (const [phrase, mood] of phrases.get(language) ?? []) if (joined.includes(` ${phrase} `)) sum += mood
  return sum
}

function sumOfEmoji(text: string): number {
  let sum = 0
  for (const [emoji] of text.matchAll(emojiPattern)) sum += moodEmoji.get(emoji) ?? 0
  return sum
}

function toCompound(sum: number): number {
  return Number((sum / Math.sqrt(sum * sum + alpha)).toFixed(4))
}
