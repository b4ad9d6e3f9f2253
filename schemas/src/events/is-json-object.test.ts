import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isJsonObject } from './is-json-object.ts'

function says(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}
/** Long enough to be read by hand. */
const padded = (text: string, at: number) => text.slice(0, at) + ' '.repeat(5_000) + text.slice(at)

test('(I8) a long text is taken for an object exactly when JSON.parse takes it for one', () => {
  const spaced = fc
    .tuple(fc.json(), fc.constantFrom(0, 2, '\t'))
    .map(([json, space]) =>
      JSON.stringify({ value: JSON.parse(json) as unknown, also: [1.5e-7, -0, true, null, 'é"\\\n'] }, null, space),
    )
  const broken = fc
    .tuple(spaced, fc.nat(), fc.constantFrom('', ',', ':', '"', '{', '}', '[', ']', '\\', '0', '-', '\u0001', 'true'))
    .map(([text, at, piece]) => {
      const place = at % (text.length + 1)
      return text.slice(0, place) + piece + text.slice(place + (piece === '' ? 1 : 0))
    })
  const junk = fc
    .array(
      fc.constantFrom('{', '}', '[', ']', ',', ':', '"a"', '""', '1', '01', '1.', '-', 'null', 'nul', ' ', '"\\u12'),
    )
    .map((pieces) => `{"a":${pieces.join('')}}`)
  fc.assert(
    fc.property(fc.oneof(spaced, broken, junk), fc.boolean(), (text, isInFront) => {
      const long = padded(text, isInFront ? 0 : text.length)
      expect({ text, is: isJsonObject(long) }).toEqual({ text, is: says(long) })
    }),
    { numRuns: 3_000 },
  )
})

test.each([
  ['no object', `[${' '.repeat(5_000)}]`],
  ['nothing', ' '.repeat(5_000)],
  ['two documents', `{}${' '.repeat(5_000)}{}`],
  ['a bare key', `{${' '.repeat(5_000)}a:1}`],
  ['a comma before the end', `{"a":1,${' '.repeat(5_000)}}`],
  ['a bracket that closes a brace', `{"a":1${' '.repeat(5_000)}]`],
  ['an end that does not come', `{"a":"${' '.repeat(5_000)}`],
])('%s is none', (_what, text) => {
  expect({ is: isJsonObject(text), parsed: says(text) }).toEqual({ is: false, parsed: false })
})

test('(I8) a million levels are read without a stack', () => {
  const text = `{"a":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}`
  expect({ whole: isJsonObject(text), cut: isJsonObject(text.slice(0, -2)) }).toEqual({ whole: true, cut: false })
})
