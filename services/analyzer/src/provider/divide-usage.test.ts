import fc from 'fast-check'
import { expect, test } from 'vitest'
import { divideUsage } from './divide-usage.ts'

test("the shares of a call's usage are whole, near each other and add up exactly", () => {
  const count = fc.nat({ max: 2_000_000_000 })
  const usage = fc.record({
    prompt_tokens: count,
    cached_tokens: count,
    completion_tokens: count,
    reasoning_tokens: count,
    cost_usd_ticks: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
  })
  fc.assert(
    fc.property(usage, fc.integer({ min: 1, max: 256 }), (total, parts) => {
      const shares = divideUsage(total, parts)
      expect(shares).toHaveLength(parts)
      for (const kind of Object.keys(total) as (keyof typeof total)[]) {
        const values = shares.map((share) => share[kind])
        expect(values.reduce((sum, value) => sum + value, 0)).toBe(total[kind])
        expect(Math.max(...values) - Math.min(...values)).toBeLessThanOrEqual(1)
        expect(values.every(Number.isSafeInteger)).toBe(true)
      }
    }),
  )
})
