import { describe, expect, test } from 'vitest'
import { ALL_PHRASES, possiblePhrases, scanWords } from './injection-phrases.ts'
import { requiredWords } from './required-words.ts'

describe('words that a phrase cannot do without', () => {
  test.each<[string, string[][]]>([
    ['ignore all rules', [['igno'], ['all'], ['rule']]],
    ['ignore (?:all )?rules', [['igno'], ['rule']]],
    [
      '(?:set|give) (?:it|them)',
      [
        ['set', 'give'],
        ['it', 'them'],
      ],
    ],
    ['(?:set|give)n back', [['back']]],
    ['scores? (?:to|of) 1', [['scor'], ['to', 'of'], ['1']]],
    ['e?mail me', [['me']]],
    ['(?:please )?(?:do not )*obey', [['obey']]],
    ['(?:the (?:old|new)|any) rules', [['the', 'any'], ['rule']]],
    ['(?:(?:very )?good|bad) day', [['very', 'good', 'bad'], ['day']]],
    ['(?: odd)ity', []],
    ['min(?:us)? one', [['one']]],
    ['ai(?: model)? you', [['ai'], ['you']]],
    ['(?:one|two)|three four', []],
    ['(?! not)[a-z]{1,3} word', [['word']]],
  ])('%s', (phrase, sets) => {
    expect(requiredWords(phrase)).toEqual(sets)
  })
})

test('of nearly every phrase some are known, so that ordinary texts are spared it', () => {
  expect(ALL_PHRASES.length).toBeGreaterThan(100)
  expect(possiblePhrases(scanWords('')).length).toBeLessThanOrEqual(1)
})
