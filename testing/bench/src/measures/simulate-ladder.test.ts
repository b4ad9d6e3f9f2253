import { expect, test } from 'vitest'
import { simulateLadder } from './simulate-ladder.ts'

test('the bound of one caller is below what three callers make that do not know of each other', () => {
  const one = simulateLadder({ lastsMs: 120_000, backoffMs: 1_500 })
  // Doubling from 1.5 s with a mean of half of it, a caller is at its seventh call after 95 s.
  expect(one).toBeGreaterThanOrEqual(7)
  expect(one).toBeLessThan(3 * 7)
})

test('a longer outage takes more calls, a longer first wait fewer', () => {
  const usual = simulateLadder({ lastsMs: 120_000, backoffMs: 1_500 })
  expect(simulateLadder({ lastsMs: 600_000, backoffMs: 1_500 })).toBeGreaterThan(usual)
  expect(simulateLadder({ lastsMs: 120_000, backoffMs: 15_000 })).toBeLessThan(usual)
})
