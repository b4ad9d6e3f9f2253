import type { Effort, GrokModel } from './grok-models.ts'

/** `usage` as xAI's chat completions report it: the prompt includes what was cached, the completion no reasoning. */
export interface Usage {
  prompt_tokens: number
  completion_tokens: number
  total_tokens: number
  prompt_tokens_details: { text_tokens: number; audio_tokens: 0; image_tokens: 0; cached_tokens: number }
  completion_tokens_details: {
    reasoning_tokens: number
    audio_tokens: 0
    accepted_prediction_tokens: 0
    rejected_prediction_tokens: 0
  }
  num_sources_used: 0
  cost_in_usd_ticks: number
}

/** xAI puts some text of its own before every prompt: a bare "Hi" is charged about this much. */
const hiddenPromptTokens = 160
const ticksPerDollar = 1e10
const longPromptTokens = 200_000
const reasoningTokensPerItem: Record<Effort, number> = { none: 0, low: 45, medium: 120, high: 300, xhigh: 700 }

/** About four characters a token. Exact counts would need xAI's tokenizer, and nothing here depends on them. */
function tokensOf(text: string): number {
  return Math.ceil(text.length / 4)
}

/** Tokens of a prompt, with the hidden ones. */
export function countPrompt({ system, user }: { system: string; user: string }): number {
  return hiddenPromptTokens + tokensOf(system) + tokensOf(user)
}

/** Counts and prices one call. `prefixSeen`: this system turn came before, so its prefix is charged as cached. */
export function countUsage(call: {
  system: string
  user: string
  answer: string
  items: number
  prefixSeen: boolean
  model: GrokModel
  effort: Effort
}): Usage {
  const prompt = countPrompt(call)
  const prefix = prompt - tokensOf(call.user)
  const cached = call.prefixSeen ? prefix : 0
  const completion = tokensOf(call.answer)
  const reasoning = reasoningTokensPerItem[call.effort] * call.items
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion + reasoning,
    prompt_tokens_details: { text_tokens: prompt, audio_tokens: 0, image_tokens: 0, cached_tokens: cached },
    completion_tokens_details: {
      reasoning_tokens: reasoning,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
    num_sources_used: 0,
    cost_in_usd_ticks: priceInTicks(call.model, prompt, cached, completion + reasoning),
  }
}

function priceInTicks(model: GrokModel, prompt: number, cached: number, output: number): number {
  const perMillion =
    (prompt - cached) * model.price.prompt + cached * model.price.cached + output * model.price.completion
  const factor = prompt >= longPromptTokens ? 2 : 1
  return Math.round((perMillion / 1e6) * ticksPerDollar * factor)
}
