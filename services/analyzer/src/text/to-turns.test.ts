import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { estimateTokens } from './estimate-tokens.ts'
import { toTurns as inFull } from './to-turns.ts'

const message = (text: string, inbound: boolean | null = true) => ({ text, inbound })

const toTurns = (messages: Parameters<typeof inFull>[0], maxTokens: number) =>
  inFull(messages, { maxTokens, maskPii: false })

describe('a conversation in the prompt', () => {
  test('roles come from inbound', () => {
    expect(toTurns([message('a', true), message('b', false), message('c', null)], 1_000).turns).toEqual([
      { role: 'customer', text: 'a' },
      { role: 'agent', text: 'b' },
      { role: 'unknown', text: 'c' },
    ])
  })

  test('a long one keeps its first turn and its last, says what it left out, and is marked', () => {
    const messages = Array.from({ length: 100 }, (_, i) => message(`turn ${i} ${'word '.repeat(20)}`, i % 2 === 0))
    const { turns, truncated, tokens } = toTurns(messages, 500)
    expect(truncated).toBe(true)
    expect(tokens).toBeLessThanOrEqual(500)
    expect(turns[0]?.text).toMatch(/^turn 0 /)
    expect(turns.at(-1)?.text).toMatch(/^turn 99 /)
    expect(turns[1]).toEqual({ role: 'unknown', text: `[… ${100 - (turns.length - 1)} turns omitted …]` })
  })

  test('one endless turn keeps its beginning and its end', () => {
    const { turns, truncated } = toTurns([message(`begin ${'x'.repeat(100_000)} end`)], 200)
    expect(truncated).toBe(true)
    expect(turns).toHaveLength(1)
    expect(turns[0]?.text).toMatch(/^begin .*\[… text omitted …\].* end$/)
  })

  test('masked, personal data is gone before anything is cut, and counted over all turns', () => {
    const messages = [
      message('I am ana@example.org, card 4111 1111 1111 1111'),
      message('Noted, bo@example.org', false),
      message(`${'word '.repeat(300)} ana@example.org`),
    ]
    const { turns, masked } = inFull(messages, { maxTokens: 150, maskPii: true })
    expect(turns[0]?.text).toBe('I am [email], card [card]')
    expect(JSON.stringify(turns)).not.toMatch(/example|1111/)
    expect(masked).toEqual({ email: 3, card: 1 })
    expect(inFull(messages, { maxTokens: 150, maskPii: false }).masked).toEqual({})
  })

  test('(I8) masked, two megabytes are cut before they are read, and what is left out is counted right', () => {
    const messages = Array.from({ length: 2_000 }, (_, i) => message(`${i}: ${'4111 1111 1111 1111 '.repeat(50)}`))
    const { turns, masked, truncated, tokens } = inFull(messages, { maxTokens: 500, maskPii: true })
    expect(truncated).toBe(true)
    expect(tokens).toBeLessThanOrEqual(500)
    expect(JSON.stringify(turns)).not.toContain('1111')
    expect(turns.at(-1)?.text).toMatch(/^1999: /)
    const gap = Number(/^\[… (\d+) turns omitted …\]$/.exec(turns[1]?.text ?? '')?.[1])
    expect(gap).toBe(2_000 - (turns.length - 1))
    expect(masked.card).toBeLessThan(1_000)
  })

  test('a conversation that holds nothing visible is still a conversation', () => {
    expect(toTurns([message('\u200B'), message('\uFEFF')], 1_000).turns).toEqual([
      { role: 'unknown', text: '[no visible text]' },
    ])
  })

  test('any conversation fits its limit, in any script, without half characters and without an empty turn', () => {
    const messages = fc.array(
      fc.record({
        text: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 2_000 }),
        inbound: fc.constantFrom(true, false, null),
      }),
      { minLength: 1, maxLength: 40 },
    )
    fc.assert(
      fc.property(messages, fc.integer({ min: 150, max: 3_000 }), (conversation, maxTokens) => {
        const { turns, tokens } = toTurns(conversation, maxTokens)
        expect(tokens).toBeLessThanOrEqual(maxTokens)
        expect(turns.length).toBeGreaterThan(0)
        for (const turn of turns) {
          expect(turn.text).not.toBe('')
          expect(turn.text.isWellFormed()).toBe(true)
        }
        expect(estimateTokens(turns.map((turn) => turn.text).join(''))).toBeLessThanOrEqual(tokens)
      }),
    )
  })
})
