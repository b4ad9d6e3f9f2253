import { expect, test } from 'vitest'
import { english } from './english.ts'
import { expandTemplate } from './expand-template.ts'
import { fillSlots } from './fill-slots.ts'
import { french } from './french.ts'
import { german } from './german.ts'
import { japanese } from './japanese.ts'
import { topics, type Phrasebook } from './phrasebook.ts'
import { portuguese } from './portuguese.ts'
import { seededRandom } from './seeded-random.ts'
import { spanish } from './spanish.ts'

function linesOf(part: unknown): string[] {
  if (typeof part === 'string') return [part]
  if (typeof part === 'object' && part !== null) return Object.values(part).flatMap(linesOf)
  return []
}

const books: [string, Phrasebook][] = Object.entries({ english, german, french, spanish, portuguese, japanese })

test.each(books)('every line of the %s phrasebook can be said', (_language, book) => {
  const random = seededRandom(1, 1)
  for (const line of linesOf(book)) {
    const said = expandTemplate(line, fillSlots(book, random), random)
    expect(said).not.toMatch(/[{}[\]|]/)
  }
})

test.each(books)('the %s phrasebook has something to say at every turn', (_language, book) => {
  for (const lines of [book.asides, book.answers, book.remedies, book.acknowledgements, book.inquiries, book.updates]) {
    expect(lines.length).toBeGreaterThan(0)
  }
  for (const phrases of Object.values(book.topics)) {
    expect(Math.min(phrases.ask.length, phrases.problems.length, phrases.delight.length)).toBeGreaterThan(0)
  }
})

test('English knows every topic', () => {
  expect(Object.keys(english.topics).toSorted()).toEqual([...topics].toSorted())
})
