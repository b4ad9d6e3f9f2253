import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
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

describe('a draft is not the answer', () => {
  const draft = '{"results":[{"score":0.6}]}'
  const answer = '{"results":[{"score":-0.7}]}'
  test.each([
    ['a block', `<think>It may be ${draft} … no, sarcasm.</think>\n${answer}`],
    ['a block without its beginning', `It may be ${draft} … no, sarcasm.</think>${answer}`],
    ['a block with a draft that was given up', `<think>{"results":[{"score":0.6},{"sc</think>${answer}`],
    ['the same without its beginning', `Maybe {"results":[{"score":0.6},{"sc … no</think>${answer}`],
    ['two blocks, one inside another', `<think>${draft}<think>${draft}</think>${draft}</think>${answer}`],
    ['a block behind a block', `<think>a</think><think>${draft}</think>\n\`\`\`json\n${answer}\n\`\`\``],
    ['a tag of another model', `[THINK]${draft}[/THINK]${answer}`],
    [
      'a channel',
      `<|channel|>analysis<|message|>${draft}<|end|><|start|>assistant<|channel|>final<|message|>${answer}`,
    ],
    ['a draft that quotes the tag', `<think>{"results":[{"said":"</think>","score":0.6}]} no</think>${answer}`],
    ['an empty draft', `<think>{"results":[]}</think>${answer}`],
  ])('%s', (_what, text) => {
    expect(readResults(text)?.results).toEqual([{ score: -0.7 }])
  })

  test.each([
    ['within a string of the answer', '{"results":[{"said":"<think>"},{"said":"</think> x"}]}', 2],
    ['within a string of an answer that was cut off', '{"results":[{"said":"</think> x"},{"said":"</thi', 1],
    ['within a string, with JSON behind it', '{"results":[{"said":"</think>{\\"results\\":[{}]}"},{"s', 1],
  ])('a tag %s is a word like any other', (_where, text, count) => {
    expect(readResults(text)?.results).toHaveLength(count)
  })

  test('cut off while it is thinking, it has said nothing', () => {
    expect(readResults(`<think>${draft}`)).toBeNull()
  })

  test('of several documents the results of all are read: which is meant is not guessed', () => {
    expect(readResults(`First: ${draft}\nBetter: ${answer}`)).toEqual({
      results: [{ score: 0.6 }, { score: -0.7 }],
      broken: [],
      whole: false,
    })
    expect(readResults(`{"results":[]} ${answer}`)?.results).toEqual([{ score: -0.7 }])
  })

  test.each([
    ['tags', '<think></think>'.repeat(140_000)],
    ['drafts that were given up', '{</think>'.repeat(220_000)],
    ['beginnings', '<think>'.repeat(300_000)],
    ['documents', '{"results":[]}'.repeat(150_000)],
  ])('(I8) two megabytes of %s end', (_what, text) => {
    expect(readResults(text)?.results ?? []).toEqual([])
  })
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
