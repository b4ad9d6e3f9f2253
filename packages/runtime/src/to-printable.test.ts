import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toPrintable, toPrintableLine } from './to-printable.ts'

test.each([
  ['\u001b[2J\u001b]0;owned\u0007', '\\u{1b}[2J\\u{1b}]0;owned\\u{7}'],
  ['done\rfailed', 'done\\u{d}failed'],
  ['\u009b31m red', '\\u{9b}31m red'],
  ['a\u202etxt.exe', 'a\\u{202e}txt.exe'],
  ['\u0000\u007f', '\\u{0}\\u{7f}'],
])('what a terminal would obey is shown: %j', (text, shown) => expect(toPrintable(text)).toBe(shown))

test('words of any language, line breaks and tabs stay as they are', () => {
  const text = 'Zoë 漢字 שלום مرحبا 😀👩‍👩‍👧\n\tnext'
  expect(toPrintable(text)).toBe(text)
})

test('a stranger’s words make no second line, and no long one', () => {
  expect(toPrintableLine('a\n[start] all is well')).toBe('a\\u{a}[start] all is well')
  expect(toPrintableLine('a'.repeat(9_000))).toHaveLength(500)
})

test('nothing that is left is a control character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const codes = [...toPrintable(text)].map((character) => character.codePointAt(0) ?? 0)
      const isControl = (code: number) => (code < 32 || (code > 126 && code < 160)) && code !== 9 && code !== 10
      expect(codes.filter(isControl)).toEqual([])
    }),
  )
})
