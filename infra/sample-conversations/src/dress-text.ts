import type { Phrasebook, Tone } from './phrasebook.ts'
import type { Random } from './seeded-random.ts'

/** How one customer writes, from the first message to the last. */
export interface Habits {
  emoji: boolean
  typos: boolean
  lowerCase: boolean
  shouts: boolean
  signs: boolean
}

export function pickHabits(random: Random): Habits {
  return {
    emoji: random.chance(0.22),
    typos: random.chance(0.18),
    lowerCase: random.chance(0.12),
    shouts: random.chance(0.08),
    signs: random.chance(0.12),
  }
}

/** Writes a plain text the way this customer would. Short words and texts without spaces are left free of slips. */
export function dressText(text: string, habits: Habits, tone: Tone, book: Phrasebook, random: Random): string {
  let dressed = text
  if (habits.shouts && tone === 'negative' && random.chance(0.5)) dressed = shoutLastSentence(dressed)
  if (habits.lowerCase) dressed = dressed.toLowerCase().replaceAll(/[.!]$/g, '')
  if (habits.typos) dressed = slip(dressed, random)
  if (habits.emoji && random.chance(0.6)) dressed = `${dressed} ${random.pick(book.emoji[tone])}`
  return dressed.trim()
}

function shoutLastSentence(text: string): string {
  const start = text.search(/[^.!?]+[.!?]*$/)
  return (
    text.slice(0, start) +
    text
      .slice(start)
      .toUpperCase()
      .replace(/[.!]?$/, '!!')
  )
}

/** About every twelfth longer word loses a letter, doubles one or swaps two. */
function slip(text: string, random: Random): string {
  return text.replaceAll(/\p{Script=Latin}{5,}/gu, (word) => {
    if (!random.chance(1 / 12)) return word
    const at = random.between(1, word.length - 3)
    const [before, first, second, after] = [word.slice(0, at), word[at] ?? '', word[at + 1] ?? '', word.slice(at + 2)]
    return before + random.pick([second, first + first + second, second + first]) + after
  })
}
