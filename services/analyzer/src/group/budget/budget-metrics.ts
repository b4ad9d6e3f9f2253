import type { Metrics } from '@insights/runtime/metrics'
import { Gauge } from 'prom-client'
import { TICKS_PER_USD } from '@insights/pipeline/estimate/estimate-cost'
import type { Budget } from './budget.ts'

const TOKEN_KINDS = ['prompt', 'cached', 'completion', 'reasoning'] as const

/**
 * Gauges of what the whole group has spent today (UTC): every analyzer reports the same, so take their maximum, not
 * their sum. Those of the budget are there when there is one. `budget` is asked when metrics are read.
 */
export function createBudgetMetrics(
  { registry }: Metrics,
  budget: Pick<Budget, 'spentToday' | 'usedRatio'>,
  budgetUsd: number | null,
): void {
  const cost = new Gauge({
    name: 'insights_daily_cost_usd',
    help: 'US dollars that the calls of all analyzers have cost today (UTC), by the model that answered.',
    labelNames: ['model'],
    registers: [],
    collect() {
      this.reset()
      for (const [model, { usage }] of budget.spentToday()?.models ?? [])
        this.set({ model }, usage.cost_usd_ticks / TICKS_PER_USD)
    },
  })
  const tokens = new Gauge({
    name: 'insights_daily_tokens',
    help: 'Tokens that the calls of all analyzers have taken today (UTC), by the model that answered; kinds as in insights_tokens_total.',
    labelNames: ['model', 'kind'],
    registers: [],
    collect() {
      this.reset()
      for (const [model, { usage }] of budget.spentToday()?.models ?? [])
        for (const kind of TOKEN_KINDS) this.set({ model, kind }, usage[`${kind}_tokens`])
    },
  })
  for (const gauge of [cost, tokens]) registry.registerMetric(gauge as Gauge)
  if (budgetUsd === null) return

  const limit = new Gauge({
    name: 'insights_daily_budget_usd',
    help: 'DAILY_BUDGET_USD: what all analyzers together may spend on a day (UTC).',
    registers: [],
  })
  limit.set(budgetUsd)
  const ratio = new Gauge({
    name: 'insights_daily_budget_used_ratio',
    help: 'The part of the daily budget that is used: charged, or possibly charged for calls that got no answer. From 0.8 on, the log warns.',
    registers: [],
    collect() {
      this.set(budget.usedRatio() ?? Number.NaN)
    },
  })
  for (const gauge of [limit, ratio]) registry.registerMetric(gauge)
}
