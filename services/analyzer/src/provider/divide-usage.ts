/** What a call took: tokens by kind, and its price in ticks (10^10 ticks are one US dollar). Whole numbers. */
export interface Usage {
  prompt_tokens: number
  cached_tokens: number
  completion_tokens: number
  reasoning_tokens: number
  cost_usd_ticks: number
}

/** A call's usage over `parts` insights: whole numbers that add up exactly, the remainder on the first ones. */
export function divideUsage(usage: Usage, parts: number): Usage[] {
  const share = (total: number, i: number) => Math.floor(total / parts) + (i < total % parts ? 1 : 0)
  return Array.from({ length: parts }, (_, i) => ({
    prompt_tokens: share(usage.prompt_tokens, i),
    cached_tokens: share(usage.cached_tokens, i),
    completion_tokens: share(usage.completion_tokens, i),
    reasoning_tokens: share(usage.reasoning_tokens, i),
    cost_usd_ticks: share(usage.cost_usd_ticks, i),
  }))
}
