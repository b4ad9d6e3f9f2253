import type { Answered } from './ask-batch.ts'

/** What calls took together. Tokens and ticks (10^10 are one US dollar) are whole numbers. */
export interface UsageSum {
  calls: number
  promptTokens: number
  cachedTokens: number
  completionTokens: number
  reasoningTokens: number
  costUsdTicks: number
  /** Calls whose usage the server did not report: they are not in the sums. */
  unreported: number
  /** Of a call, from leaving to the whole answer; null without any. */
  medianSeconds: number | null
}

export const TICKS_PER_USD = 1e10

export function sumUsage(calls: readonly Pick<Answered, 'usage' | 'seconds'>[]): UsageSum {
  const reported = calls.flatMap(({ usage }) => usage ?? [])
  const sum = (field: keyof (typeof reported)[number]) => reported.reduce((total, usage) => total + usage[field], 0)
  return {
    calls: calls.length,
    promptTokens: sum('prompt_tokens'),
    cachedTokens: sum('cached_tokens'),
    completionTokens: sum('completion_tokens'),
    reasoningTokens: sum('reasoning_tokens'),
    costUsdTicks: sum('cost_usd_ticks'),
    unreported: calls.length - reported.length,
    medianSeconds: median(calls.map(({ seconds }) => seconds)),
  }
}

/** The middle value, of an even number the mean of the two; null without any. */
export function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const low = sorted[Math.ceil(middle) - 1]
  const high = sorted[Math.floor(middle)]
  return low === undefined || high === undefined ? null : (low + high) / 2
}
