import fc from 'fast-check'
import { expect, test } from 'vitest'
import { loadVader } from './load-vader.ts'
import { scoreEnglish } from './score-english.ts'

const word = fc.constantFrom(
  'good',
  'GREAT',
  'terrible',
  'kind',
  'of',
  'Kind',
  'not',
  "don't",
  'never',
  'so',
  'this',
  'but',
  'BUT',
  'very',
  'least',
  'at',
  'yeah',
  'right',
  'the',
  'bomb',
  'the',
  'shit',
  'sort',
  'barely',
  'love',
  ':)',
  ':D',
  'x',
  'OK',
  'refund',
  '😡',
  '"great"',
  'constructor',
  '__proto__',
  'hasOwnProperty',
)
const mark = fc.constantFrom('', '', '', '', '.', '!', '!!!', '?!?!', ',', '"', "'", '...', '(', ')', '-')
const sentence = fc
  .array(fc.tuple(mark, word, mark, fc.constantFrom(' ', ' ', '  ', '\n', '\t')), { maxLength: 30 })
  .map((parts) => parts.flat().join(''))

const vader = loadVader()

test('the compound is that of the package itself, for sentences and for any text', () => {
  fc.assert(
    fc.property(fc.oneof(sentence, fc.string({ unit: 'grapheme' }), fc.lorem()), (text) => {
      expect(scoreEnglish(text)).toBe(vader.polarity_scores(text).compound)
    }),
    { numRuns: 1000 },
  )
})
