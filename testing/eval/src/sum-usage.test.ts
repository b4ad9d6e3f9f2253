import { expect, test } from 'vitest'
import { median, sumUsage } from './sum-usage.ts'

const usage = {
  prompt_tokens: 700,
  cached_tokens: 600,
  completion_tokens: 90,
  reasoning_tokens: 20,
  cost_usd_ticks: 12_345_678,
}

test('calls are summed, and a call whose usage is not told is counted and not guessed', () => {
  const calls = [
    { usage, seconds: 3 },
    { usage, seconds: 1 },
    { usage: null, seconds: 2 },
  ]
  expect(sumUsage(calls)).toEqual({
    calls: 3,
    promptTokens: 1_400,
    cachedTokens: 1_200,
    completionTokens: 180,
    reasoningTokens: 40,
    costUsdTicks: 24_691_356,
    unreported: 1,
    medianSeconds: 2,
  })
})

test('the middle of two is between them', () => {
  expect([median([4, 1]), median([5]), median([9, 1, 4]), median([])]).toEqual([2.5, 5, 4, null])
})
