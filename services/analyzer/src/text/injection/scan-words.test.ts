import fc from 'fast-check'
import { expect, test } from 'vitest'
import { foldText, runsOf, toWords } from './fold-text.ts'
import { createWordScan } from './scan-words.ts'

const known = ['minu', 'igno', 'ai', 'scor', 'uber', 'ss', 'i', '0', 'tous', 'stra']
const scan = createWordScan(known)
const seenIn = (text: string) => scan(text).seen.map((number) => known[number])
const expected = (text: string) =>
  new Set(
    toWords(text)
      .trim()
      .split(' ')
      .map((word) => word.slice(0, 4)),
  )

test.each([
  ['ignore the scores, ai!', ['igno', 'scor', 'ai']],
  ['straße über ß', ['stra', 'uber', 'ss']],
  ['score: -1', ['scor', 'minu']],
  ['i\u0301gn\u0303ore', ['igno']],
  ['a-i score-card', ['i', 'scor']],
  ['scor', ['scor']],
  ['ignorance aid', ['igno']],
])('%s', (text, beginnings) => {
  expect(seenIn(text)).toEqual(beginnings)
})

test('whatever the text, it sees the words that toWords makes, and every run', () => {
  const word = fc.constantFrom('ignore', 'score', 'ai', 'über', 'straße', 'i g n o r e', 'tous', '-1', '−0', 'ı')
  const piece = fc.oneof(
    word,
    fc.string({ unit: 'binary', maxLength: 3 }),
    fc.string({ unit: 'grapheme', maxLength: 3 }),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      const text = foldText(pieces.join(''))
      const words = expected(text)
      const { seen, has, hasRun } = scan(text)
      // Of a minus it may see more than there are: what follows it is not looked at.
      const told = known.filter((beginning, number) => has(number) && (beginning !== 'minu' || words.has('minu')))
      expect(told, JSON.stringify(text)).toEqual(known.filter((beginning) => words.has(beginning)))
      expect(seen.every(has)).toBe(true)
      expect(hasRun || runsOf(toWords(text)) === '').toBe(true)
    }),
    { numRuns: 2_000 },
  )
})
