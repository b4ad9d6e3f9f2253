import type { Usage } from '../../provider/divide-usage.ts'
import { MODEL_NAME_MAX, MODELS_MAX, type Spending } from '../signals.ts'

/**
 * A member's spending with one call more. Names beyond the bound, of a server that makes them up, share a line (I8).
 */
export function addCall(spending: Spending, answeredBy: string, usage: Usage): Spending {
  const { models } = spending
  const name = answeredBy.slice(0, MODEL_NAME_MAX)
  const isKnown = models.some(({ model }) => model === name)
  const model = isKnown || models.length < MODELS_MAX - 1 ? name : OTHERS
  const before = models.find((line) => line.model === model)
  const line = { model, calls: (before?.calls ?? 0) + 1, usage: before ? addUsage(before.usage, usage) : { ...usage } }
  return { ...spending, models: [...models.filter((other) => other !== before), line] }
}

export const addUsage = (a: Usage, b: Usage, times: 1 | -1 = 1): Usage => ({
  prompt_tokens: a.prompt_tokens + times * b.prompt_tokens,
  cached_tokens: a.cached_tokens + times * b.cached_tokens,
  completion_tokens: a.completion_tokens + times * b.completion_tokens,
  reasoning_tokens: a.reasoning_tokens + times * b.reasoning_tokens,
  cost_usd_ticks: a.cost_usd_ticks + times * b.cost_usd_ticks,
})

/** Stands for all models that have no line of their own. */
export const OTHERS = 'others'
