import { smallWords, type Language } from './sentiment-words.ts'

const kana = /[\u3040-\u30ff]/
const tables = Object.entries(smallWords) as [Exclude<Language, 'ja'>, ReadonlySet<string>][]

/**
 * Guesses the language of a text from its script and small words; English when nothing speaks for another.
 * VADER must not see other languages: to it the German article "die" is a death.
 */
export function detectLanguage(text: string, words: readonly string[]): Language {
  if (kana.test(text)) return 'ja'
  let best: { language: Language; hits: number } = { language: 'en', hits: 0 }
  for (const [language, known] of tables) {
    let hits = 0
    for (const word of words) if (known.has(word)) hits += 1
    if (hits > best.hits) best = { language, hits }
  }
  return best.language
}

/** Lower-case words with inner apostrophes; punctuation and emoji are dropped. */
export function wordsOf(text: string): string[] {
  return (
    text
      .toLowerCase()
      .replaceAll('’', "'")
      .match(/[\p{L}\p{N}]+(?:'[\p{L}]+)*/gu) ?? []
  )
}
