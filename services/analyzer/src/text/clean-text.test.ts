import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cleanText, cutText } from './clean-text.ts'

describe('text as the model may see it', () => {
  test.each([
    ['zero-width characters', 'ig\u200Bno\u200Dre\uFEFF', 'ignore'],
    ['bidi overrides', 'a\u202Egnp.exe\u202C', 'agnp.exe'],
    ['tag characters, which spell hidden instructions', `hi${String.fromCodePoint(0xe0049, 0xe0067)}`, 'hi'],
    ['variation selectors, which carry hidden bytes', `😀${String.fromCodePoint(0xe0100, 0xe01ef)}`, '😀'],
    ['soft hyphens', 're\u00ADfund', 'refund'],
    ['compatibility forms', 'ｆｕｌｌ ﬁne', 'full fine'],
    ['control characters', 'a\u0000b\u001B[31mc', 'a b [31mc'],
    ['every kind of line break', 'a\r\nb\u2028c', 'a\nb\nc'],
    ['lone surrogates', 'a\uD800b', 'a\uFFFDb'],
    [
      'the filler behind the preview of a mail',
      `50 % off!${'\u034F\u200C\u00A0\u2007\u00AD'.repeat(100)}Dear Ana`,
      '50 % off! Dear Ana',
    ],
    ['filler with ordinary spaces', `Hi ${'\u200C '.repeat(100)}Ana`, 'Hi Ana'],
    ['filler over many lines', `Hi${'\u200C\u00A0\r\n'.repeat(100)}Ana`, 'Hi\n\nAna'],
    [
      'a no-break space before a mark, and the layout of code',
      'Où\u00A0?\n    a  = 1\n\n\n  b',
      'Où ?\n    a  = 1\n\n\n  b',
    ],
  ])('%s', (_name, text, clean) => {
    expect(cleanText(text)).toBe(clean)
  })

  test('letters of any script stay as they are', () => {
    for (const text of ['Où est ma commande ?', 'Мой заказ', '注文はどこですか', 'أين طلبي', '👍 great']) {
      expect(cleanText(text)).toBe(text.normalize('NFKC'))
    }
  })

  test('whatever comes in, what goes out is well-formed and shows everything it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const clean = cleanText(text)
        expect(clean.isWellFormed()).toBe(true)
        expect(clean).not.toMatch(/[\p{Default_Ignorable_Code_Point}]|[^\P{Cc}\t\n]/u)
      }),
    )
  })

  test('a cut never halves a character', () => {
    expect(cutText('ab😀', 3)).toBe('ab')
    expect(cutText('ab😀', 4)).toBe('ab😀')
  })
})
