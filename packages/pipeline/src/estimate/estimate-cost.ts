import type { Usage } from '@insights/schemas/events/insight-produced'

export const TICKS_PER_USD = 1e10

/**
 * What a call costs by xAI's list prices, in ticks: for servers that do not report what they charge, and for calls
 * whose cost is not known yet. A model that is not known here costs what the dearest does. Source: xAI's model pages of
 * autumn 2026 (US dollars per million tokens; reasoning costs what the completion does; from 200,000 prompt tokens on
 * everything doubles).
 */
export function listPrice(model: string, usage: Omit<Usage, 'cost_usd_ticks'>): number {
  const { prompt, cached, output } = PRICES.find(({ models }) => models.test(model)) ?? DEAREST
  const { prompt_tokens, cached_tokens, completion_tokens, reasoning_tokens } = usage
  const ticks =
    Math.max(0, prompt_tokens - cached_tokens) * prompt +
    cached_tokens * cached +
    (completion_tokens + reasoning_tokens) * output
  return Math.ceil(ticks) * (prompt_tokens >= LONG_PROMPT ? 2 : 1)
}

/**
 * What a call about conversations that take `tokens` together is likely to use; no reasoning, which cannot be foreseen.
 */
export function guessUsage(conversations: number, tokens: number): Omit<Usage, 'cost_usd_ticks'> {
  return {
    prompt_tokens: INSTRUCTION_TOKENS + tokens,
    cached_tokens: 0,
    completion_tokens: RESULT_TOKENS * conversations,
    reasoning_tokens: 0,
  }
}

/** A dollar for a million tokens. */
const TICKS_PER_TOKEN = TICKS_PER_USD / 1e6
const price = (models: RegExp, prompt: number, cached: number, output: number) => ({
  models,
  prompt: prompt * TICKS_PER_TOKEN,
  cached: cached * TICKS_PER_TOKEN,
  output: output * TICKS_PER_TOKEN,
})
const DEAREST = price(/^grok-4\.[567]\b/, 2, 0.5, 6)
const PRICES = [price(/^grok-4\.(3|20)\b/, 1.25, 0.2, 2.5), DEAREST]
const LONG_PROMPT = 200_000
/** The system turn and its schema, the canaries, and what the provider puts before them. */
const INSTRUCTION_TOKENS = 1_500
const RESULT_TOKENS = 100
