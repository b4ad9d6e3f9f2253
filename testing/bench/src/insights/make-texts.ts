import { seededRandom } from '@insights/sample-conversations/seeded-random'

/** Words in the order of how often they come: the first in most conversations, the last in one of some thousand. */
export const VOCABULARY = 20_000
const LOG = Math.log(VOCABULARY)
const SYLLABLES = Array.from('bdfgklmnprstvz').flatMap((first) => Array.from('aeiou').map((second) => first + second))

/** The word of a rank, 0 the most frequent. All have six letters and differ. */
export function wordOf(rank: number): string {
  // Neighbours in rank are far apart in the alphabet, as they are in a language.
  let rest = (rank * 7919) % SYLLABLES.length ** 3
  const word: string[] = []
  for (let syllable = 0; syllable < 3; syllable += 1) {
    word.push(SYLLABLES[rest % SYLLABLES.length] ?? '')
    rest = Math.floor(rest / SYLLABLES.length)
  }
  return word.join('')
}

/** What conversation `n` says: as often as in a language the word of rank r comes in proportion to 1 / r. */
export function makeTexts(n: number): { reasoning: string; messages: string[] } {
  const random = seededRandom(31, n)
  const sentence = (fewest: number, most: number) => {
    const length = random.between(fewest, most)
    let text = ''
    for (let word = 0; word < length; word += 1) {
      const rank = Math.floor(Math.exp(LOG * random.next())) - 1
      text += word === 0 ? words[rank] : ` ${words[rank]}`
    }
    return text
  }
  const messages = Array.from({ length: random.between(3, 6) }, () => sentence(4, 9))
  // What one conversation alone has, as the number of an order.
  if (random.chance(0.1)) messages.push(`order ${n}`)
  return { reasoning: sentence(9, 15), messages }
}

const words = Array.from({ length: VOCABULARY }, (_, rank) => wordOf(rank))
