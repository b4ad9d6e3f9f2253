import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cleanText } from './clean-text.ts'
import { foldText, toWords } from './injection/fold-text.ts'
import { normalizeText } from './normalize-text.ts'

const ROW_OF_MARKS = /[\p{M}\uFF9E\uFF9F]{31}/u

test('text without a row of more than 30 marks comes out as ever', () => {
  const mark = fc.constantFrom('\u0301', '\u0323', '\u0344', '\u094D', '\u093F', '\uFF9E', '\u{1D165}', '\u{E0100}')
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 100 }),
    fc
      .array(
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 2 }),
          fc.array(mark, { maxLength: 30 }).map((row) => row.join('')),
        ),
      )
      .map((parts) => parts.join('')),
  )
  fc.assert(
    fc.property(text, fc.constantFrom('NFKC' as const, 'NFD' as const), (text, form) => {
      fc.pre(!ROW_OF_MARKS.test(text))
      expect(normalizeText(text, form)).toBe(text.normalize(form))
    }),
  )
})

test('of a row of marks the first 30 stay, wherever it stands and in however many units', () => {
  const row = fc.tuple(fc.constantFrom('\u0301', '\uFF9E', '\u{1D165}', '\u093F'), fc.integer({ min: 25, max: 100 }))
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom('', 'a', 'a😀', '\uD800', '\uDC00'), row)), (parts) => {
      const text = parts.map(([before, [mark, times]]) => `${before}${mark.repeat(times)}`).join('')
      const cut = text.replace(/[\p{M}\uFF9E\uFF9F]+/gu, (row) => Array.from(row).slice(0, 30).join(''))
      expect(normalizeText(text, 'NFKC')).toBe(cut.normalize('NFKC'))
    }),
  )
})

test('every character that is put in order among others counts as a mark', () => {
  const missed: string[] = []
  for (let point = 0; point <= 0x10ffff; point++) {
    if (point >= 0xd800 && point <= 0xdfff) continue
    const char = String.fromCodePoint(point)
    // A mark of the first class goes before it, or it goes before a mark of the last.
    const isOrdered =
      `${char}\u0334`.normalize('NFKD') !== `${char.normalize('NFKD')}\u0334` ||
      `\u0345${char}`.normalize('NFKD') !== `\u0345${char.normalize('NFKD')}`
    const hasLetter = /[^\p{M}]/u.test(char.normalize('NFKD'))
    if (isOrdered && !hasLetter && normalizeText(char.repeat(31), 'NFD') === char.repeat(31).normalize('NFD'))
      missed.push(point.toString(16))
  }
  expect(missed).toEqual([])
})

/**
 * A POST of 400 KB of this kept analyzers leaving and joining: one text took longer than the session, and longer than
 * this test may.
 */
test.each([
  ['two rows on one letter', `a${'\u0301'.repeat(250_000)}${'\u0323'.repeat(250_000)}`],
  ['marks that turn into marks', `a${'\u0344'.repeat(250_000)}${'\uFF9E'.repeat(250_000)}`],
  [
    'rows that invisible characters held apart',
    `a${`${'\u0301'.repeat(14)}${'\u0323'.repeat(15)}\u200B`.repeat(16_000)}`,
  ],
])('half a million marks end: %s (I8)', (_what, text) => {
  expect(cleanText(text).charAt(0)).toMatch(/^[aáạä]/)
  expect(toWords(foldText(text))).toBe(' a ')
})
