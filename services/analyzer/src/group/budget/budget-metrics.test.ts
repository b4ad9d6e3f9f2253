import { createMetrics } from '@insights/runtime/metrics'
import { expect, test } from 'vitest'
import { createBudgetMetrics } from './budget-metrics.ts'
import type { Sum } from './ledger-sum.ts'

const usage = {
  prompt_tokens: 900,
  cached_tokens: 100,
  completion_tokens: 50,
  reasoning_tokens: 7,
  cost_usd_ticks: 12_345_000_000,
}
const sum: Sum = {
  models: new Map([['grok-4.3', { calls: 3, usage }]]),
  cost: 12_345_000_000,
  unanswered: 0,
  reserved: 0,
}

function read(spent: () => Sum | null, ratio: number | null, budgetUsd: number | null) {
  const metrics = createMetrics({ service: 'test', version: '0' })
  createBudgetMetrics(metrics, { spentToday: spent, usedRatio: () => ratio }, budgetUsd)
  return async () => {
    const text = await metrics.registry.metrics()
    return text.split('\n').filter((line) => line.startsWith('insights_daily'))
  }
}

test('what was spent today is reported by model and by kind of token, and the budget with the part that is used', async () => {
  const lines = await read(() => sum, 0.25, 5)()
  expect(lines).toEqual([
    'insights_daily_cost_usd{model="grok-4.3"} 1.2345',
    'insights_daily_tokens{model="grok-4.3",kind="prompt"} 900',
    'insights_daily_tokens{model="grok-4.3",kind="cached"} 100',
    'insights_daily_tokens{model="grok-4.3",kind="completion"} 50',
    'insights_daily_tokens{model="grok-4.3",kind="reasoning"} 7',
    'insights_daily_budget_usd 5',
    'insights_daily_budget_used_ratio 0.25',
  ])
})

test('the models of yesterday are gone at midnight; without a budget there are no gauges of one', async () => {
  let known: Sum | null = sum
  const lines = read(() => known, null, null)
  expect((await lines()).filter((line) => line.includes('budget'))).toEqual([])
  expect(await lines()).toHaveLength(5)
  known = { ...sum, models: new Map() }
  expect(await lines()).toEqual([])
  known = null
  expect(await lines()).toEqual([])
})
