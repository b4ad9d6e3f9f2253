import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readIdempotencyKey } from './read-idempotency-key.ts'

test.each([
  [undefined, undefined],
  ['"8e03978e-40d5-43dd-bc93-6894a57f9324"', '8e03978e-40d5-43dd-bc93-6894a57f9324'],
  ['8e03978e-40d5-43dd-bc93-6894a57f9324', '8e03978e-40d5-43dd-bc93-6894a57f9324'],
  ['order:7/2=a+b', 'order:7/2=a+b'],
  ['"with space, and comma"', 'with space, and comma'],
  [String.raw`"a\"b\\c"`, String.raw`a"b\c`],
  [' "a" ', 'a'],
  ['a'.repeat(255), 'a'.repeat(255)],
])('%j is the key %j', (header, key) => {
  expect(readIdempotencyKey(header)).toEqual({ ok: true, key })
})

test.each([
  [''],
  ['""'],
  ['  '],
  ['"a'],
  ['a"'],
  ['"a"b"'],
  ['a b'],
  ['a, b'],
  ['"a", "b"'],
  ['"a";q=1'],
  [String.raw`"a\b"`],
  ['schlüssel'],
  ['"\t"'],
  ['a'.repeat(256)],
  [['a', 'b']],
])('%j is malformed', (header) => {
  expect(readIdempotencyKey(header)).toEqual({ ok: false, detail: expect.any(String) as string })
})

test('a key is the same, written as a structured-field string or bare', () => {
  const key = fc.stringMatching(/^[\w.:/=+-]{1,255}$/)
  fc.assert(
    fc.property(key, (text) => {
      expect(readIdempotencyKey(`"${text}"`)).toEqual(readIdempotencyKey(text))
    }),
  )
})
