import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { guessUsage, listPrice, TICKS_PER_USD } from './estimate-cost.ts'

const usage = { prompt_tokens: 1_000, cached_tokens: 200, completion_tokens: 300, reasoning_tokens: 50 }

describe('what a call costs by list price', () => {
  test('a million tokens of each kind cost what the price list says', () => {
    const million = (kind: keyof typeof usage) => {
      // In short prompts: long ones are dearer.
      const tokens = { prompt_tokens: 0, cached_tokens: 0, completion_tokens: 0, reasoning_tokens: 0, [kind]: 100_000 }
      return (listPrice('grok-4.3', tokens) * 10) / TICKS_PER_USD
    }
    expect(million('prompt_tokens')).toBe(1.25)
    expect(million('cached_tokens')).toBe(0.2)
    expect([million('completion_tokens'), million('reasoning_tokens')]).toEqual([2.5, 2.5])
    expect(listPrice('grok-4.3', usage)).toBe(800 * 12_500 + 200 * 2_000 + 350 * 25_000)
  })

  test('every name of a model has its price, and a model that is not known costs what the dearest does', () => {
    const cheap = listPrice('grok-4.3', usage)
    const dear = listPrice('grok-4.7', usage)
    for (const model of ['grok-4.3-latest', 'grok-4.20-0309-reasoning', 'grok-4.20'])
      expect(listPrice(model, usage)).toBe(cheap)
    for (const model of ['grok-4.5', 'grok-4.6-latest', 'grok-4.30', 'simulator', 'my-grok-4.3', ''])
      expect(listPrice(model, usage)).toBe(dear)
    expect(dear).toBeGreaterThan(cheap)
  })

  test('from 200,000 prompt tokens on, all of it doubles', () => {
    const price = (prompt_tokens: number) => listPrice('grok-4.3', { ...usage, prompt_tokens, cached_tokens: 0 })
    expect(price(199_999)).toBe(199_999 * 12_500 + 350 * 25_000)
    expect(price(200_000)).toBe(2 * (200_000 * 12_500 + 350 * 25_000))
  })

  test('a price is a whole number of ticks, and never below nothing', () => {
    const tokens = fc.nat(1_000_000)
    fc.assert(
      fc.property(fc.string(), tokens, tokens, tokens, tokens, (model, a, b, c, d) => {
        const ticks = listPrice(model, {
          prompt_tokens: a,
          cached_tokens: b,
          completion_tokens: c,
          reasoning_tokens: d,
        })
        expect(Number.isSafeInteger(ticks) && ticks >= 0).toBe(true)
      }),
    )
    expect(Number.isSafeInteger(listPrice('x', guessUsage(10, 8_000.5)))).toBe(true)
  })

  test('a guess grows with the conversations and their tokens, and is more than nothing for the smallest call', () => {
    const cost = (conversations: number, tokens: number) => listPrice('grok-4.3', guessUsage(conversations, tokens))
    expect(cost(1, 10)).toBeGreaterThan(0)
    expect(cost(10, 100)).toBeGreaterThan(cost(1, 100))
    expect(cost(10, 1_000)).toBeGreaterThan(cost(10, 100))
  })
})
