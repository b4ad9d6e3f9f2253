import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readResults } from './read-results.ts'

const results = fc.array(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), { maxLength: 5 })
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

test('of a whole document every result is read as JSON.parse does', () => {
  fc.assert(
    fc.property(results, fc.dictionary(fc.string(), fc.jsonValue()), fc.nat(4), (list, others, indent) => {
      delete others['results']
      const document = plain({ ...others, results: list })
      expect(readResults(JSON.stringify(document, null, indent))).toEqual({
        results: plain(list),
        broken: [],
        whole: true,
      })
    }),
  )
})

test('however it is cut off, only results that are complete are read, and never another', () => {
  fc.assert(
    fc.property(results, fc.nat(), (list, at) => {
      const text = JSON.stringify({ results: list })
      const read = readResults(text.slice(0, at % text.length))
      const whole = plain(list) as unknown[]
      expect(read?.results ?? []).toEqual(whole.slice(0, read?.results.length ?? 0))
      expect(read?.whole ?? false).toBe(false)
    }),
  )
})

test.each([
  ['a results array further in', '{"a":{"results":[{"x":1}]}}'],
  ['one in a string', '{"reasoning":"\\"results\\":[{\\"x\\":1}]"}'],
  ['results that are no array', '{"results":{"x":1}}'],
  ['an array without its object', '[{"x":1}]'],
  ['text', 'no JSON at all'],
])('%s does not count', (_name, text) => {
  expect(readResults(text)?.results ?? []).toEqual([])
})

test('objects inside a result are part of it, and what is no object is passed over', () => {
  expect(readResults('{"results":[{"a":{"b":[{"c":1}]}},7,[{"d":1}],"x",{"e":2}]}')?.results).toEqual([
    { a: { b: [{ c: 1 }] } },
    { e: 2 },
  ])
})

test('a key that comes twice is found at any depth, also where one is written with an escape', () => {
  for (const text of ['{"a":1,"a":1}', '{"b":{"a":1,"a":2}}', '{"a":1,"\\u0061":2}', '{"a" : 1, "a" : 2}'])
    expect(readResults(`{"results":[${text}]}`)).toMatchObject({ results: [], broken: [{ text }] })
  expect(readResults('{"results":[{"a":"x\\":","b":{"a":1}}]}')?.results).toHaveLength(1)
})

test('a megabyte of spaces and objects without results is read once (I8)', () => {
  expect(readResults(' '.repeat(2 ** 19) + '{}'.repeat(2 ** 18))).toBeNull()
  expect(readResults(`${'{}'.repeat(2 ** 18)}{"results":[]}`)).toEqual({ results: [], broken: [], whole: false })
})

test('brackets that do not match hand no text on twice (I8)', () => {
  const read = readResults(`{"results":[${'[}'.repeat(2 ** 18)}]}`)
  expect(read).toMatchObject({ results: [], broken: [] })
})

test('an answer with more results than any call can ask for is none (I8)', () => {
  expect(readResults(`{"results":[${'{},'.repeat(999)}{}]}`)?.results).toHaveLength(1_000)
  expect(readResults(`{"results":[${'{},'.repeat(1_000)}{}]}`)).toBeNull()
  expect(readResults(`{"results":[${'{"a":}'.repeat(300_000)}]}`)).toBeNull()
})
