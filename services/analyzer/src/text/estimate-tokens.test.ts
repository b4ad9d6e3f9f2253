import fc from 'fast-check'
import { encode } from 'gpt-tokenizer/encoding/o200k_base'
import { describe, expect, test } from 'vitest'
import { cutToTokens, estimateTokens } from './estimate-tokens.ts'
import { SUPPORT_TEXTS } from './support-texts.fixture.ts'

/** As the text stands in the prompt: within a string of a JSON document. */
const tokensOf = (text: string): number => encode(JSON.stringify(text).slice(1, -1)).length
const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0)
const ratioOf = (texts: readonly string[]): number => sum(texts.map(estimateTokens)) / sum(texts.map(tokensOf))

const texts = Object.values(SUPPORT_TEXTS).flat()

describe('a batch is filled by the estimate, so it must be near what the model counts', () => {
  test.each(Object.entries(SUPPORT_TEXTS))('%s: within 15 %%', (_kind, texts) => {
    for (const text of texts) expect(text.length).toBeGreaterThanOrEqual(200)
    expect(ratioOf(texts)).toBeGreaterThan(0.85)
    expect(ratioOf(texts)).toBeLessThan(1.15)
  })

  test('single texts of some 200 characters: nearly all within 15 %, none beyond 25 %', () => {
    const errors = texts.map((text) => Math.abs(ratioOf([text]) - 1))
    expect(errors.filter((error) => error > 0.15).length).toBeLessThanOrEqual(texts.length * 0.05)
    expect(Math.max(...errors)).toBeLessThan(0.25)
  })

  test('any ten strangers in one call: within 10 %', () => {
    for (let i = 0; i < texts.length; i++) {
      const batch = Array.from({ length: 10 }, (_, k) => texts[(i + k * 7) % texts.length] ?? '')
      expect(Math.abs(ratioOf(batch) - 1)).toBeLessThan(0.1)
    }
  })

  test('what is no language is not taken for free', () => {
    const junk = {
      hexadecimal: '9fceb02d0ae598e95dc970b74767f19372d61af8'.repeat(10),
      base64: 'TWFueSBoYW5kcyBtYWtlIGxpZ2h0IHdvcmsuIEFuZCBzbyBvbiwgYW5kIHNvIGZvcnRo'.repeat(5),
      letters: 'xkqjzvwpbtrcmdlfghn'.repeat(20),
      marks: '!?#%&*()[]{}<>/|~^'.repeat(20),
      rare: 'ႠႡႢႣႤႥႦႧႨ'.repeat(20),
      controls: '\u0001\u0002'.repeat(100),
    }
    for (const [kind, text] of Object.entries(junk)) expect(ratioOf([text]), kind).toBeGreaterThan(0.3)
  })
})

const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 300 }),
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.constantFrom(...texts).chain((text) => fc.nat(text.length).map((start) => text.slice(start))),
)

test('a longer text never has fewer tokens, and one that holds anything never none', () => {
  expect(estimateTokens('')).toBe(0)
  fc.assert(
    fc.property(anyText, anyText, (text, more) => {
      expect(estimateTokens(text + more)).toBeGreaterThanOrEqual(estimateTokens(text))
      expect(estimateTokens(text) > 0).toBe(text !== '')
    }),
  )
})

describe('a cut to a number of tokens', () => {
  const tokens = fc.integer({ min: 0, max: 120 })

  test('from the start: the longest beginning that fits, without half characters', () => {
    fc.assert(
      fc.property(anyText, tokens, (text, max) => {
        const cut = cutToTokens(text, max, 'start')
        expect(text.startsWith(cut)).toBe(true)
        expect(estimateTokens(cut)).toBeLessThanOrEqual(max)
        expect(cut.isWellFormed() || !text.isWellFormed()).toBe(true)
        const next = String.fromCodePoint(text.codePointAt(cut.length) ?? 0)
        expect(cut === text || estimateTokens(cut + next) > max).toBe(true)
      }),
    )
  })

  test('from the end: an end that fits, without half characters, and what is in front of it would hardly have fitted', () => {
    fc.assert(
      fc.property(anyText, tokens, (text, max) => {
        const cut = cutToTokens(text, max, 'end')
        expect(text.endsWith(cut)).toBe(true)
        expect(estimateTokens(cut)).toBeLessThanOrEqual(max)
        expect(cut.isWellFormed() || !text.isWellFormed()).toBe(true)
        const more = text.slice(Math.max(0, text.length - cut.length - 24))
        expect(more === text || estimateTokens(more) + 8 > max).toBe(true)
      }),
    )
  })

  test('a text that fits stays whole', () => {
    for (const text of texts) {
      for (const from of ['start', 'end'] as const) expect(cutToTokens(text, estimateTokens(text), from)).toBe(text)
    }
    expect(cutToTokens('a😀', 2, 'start')).toBe('a')
  })

  test('two megabytes are cut in one go', () => {
    const text = 'a word and another, '.repeat(100_000)
    expect(estimateTokens(cutToTokens(text, 1_000, 'start'))).toBe(1_000)
    expect(estimateTokens(cutToTokens(text, 1_000, 'end'))).toBeGreaterThan(990)
    expect(cutToTokens('x'.repeat(2_000_000), 1_000, 'end').length).toBeGreaterThan(500)
  })
})
