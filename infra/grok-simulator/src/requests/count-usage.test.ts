import { expect, test } from 'vitest'
import { countUsage } from './count-usage.ts'
import { findModel, type GrokModel } from './grok-models.ts'

const model = findModel('grok-4.3') as GrokModel
const call = {
  system: 's'.repeat(400),
  user: 'u'.repeat(800),
  answer: 'a'.repeat(200),
  items: 2,
  prefixSeen: false,
  model,
  effort: 'none',
} as const

test('the prompt includes the hidden 160 tokens and what was cached; the total includes reasoning', () => {
  const usage = countUsage({ ...call, prefixSeen: true, effort: 'low' })
  expect(usage).toMatchObject({
    prompt_tokens: 160 + 100 + 200,
    completion_tokens: 50,
    prompt_tokens_details: { cached_tokens: 260 },
    completion_tokens_details: { reasoning_tokens: 90 },
    total_tokens: 460 + 50 + 90,
  })
})

test('the price in ticks (1e-10 dollars) is that of the table: cached tokens cheaper, output and reasoning alike', () => {
  // 460 × 1.25 + 50 × 2.50 dollars per million tokens
  expect(countUsage(call).cost_in_usd_ticks).toBe(7_000_000)
  // 200 × 1.25 + 260 × 0.20 + (50 + 90) × 2.50
  expect(countUsage({ ...call, prefixSeen: true, effort: 'low' }).cost_in_usd_ticks).toBe(6_520_000)
})

test('from 200,000 prompt tokens everything costs double', () => {
  const long = countUsage({ ...call, user: 'u'.repeat(800_000) })
  expect(long.cost_in_usd_ticks).toBe(2 * (200_260 * 12_500 + 50 * 25_000))
})
