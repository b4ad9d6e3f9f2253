import * as z from 'zod'
import { classifyResponse, type Response } from './classify-response.ts'
import type { Usage } from './divide-usage.ts'
import { parseJson } from './parse-json.ts'
import type { Completed, Refused } from './provider.ts'

/**
 * xAI's response to a chat completion: what the model said, or why it is no answer. Pure; `now` is epoch milliseconds.
 */
export function readCompletion(response: Response, now: number): Completed | Refused {
  const { status, headers, body } = response
  const about = { requestId: headers.get('x-request-id') }
  const refusal = classifyResponse(response, now)
  if (refusal !== null) return { kind: 'refused', refusal, asSuccess: status === 200, ...about }
  const envelope = Envelope.safeParse(parseJson(body))
  if (!envelope.success) {
    const detail = `not a chat completion: ${JSON.stringify(body.slice(0, 200))}`
    const nothingRead = { verdict: 'unknown', reason: 'not_a_completion', detail } as const
    return { kind: 'refused', refusal: nothingRead, asSuccess: true, ...about }
  }
  const { model, usage, choices } = envelope.data
  const { finish_reason: finish, message } = choices[0] ?? {}
  return {
    kind: 'completed',
    text: message?.content ?? '',
    finish: finish === 'length' || finish === 'content_filter' ? finish : 'stop',
    refusal: message?.refusal || null,
    model: model ?? null,
    usage: usage ?? null,
    ...about,
  }
}

/** A count that is no count is 0: it must not cost the insights of a good answer. Events carry tokens as 32 bits. */
const Tokens = z.int32().nonnegative().catch(0)
const UsageReport = z
  .object({
    prompt_tokens: Tokens,
    completion_tokens: Tokens,
    prompt_tokens_details: z.object({ cached_tokens: Tokens }).nullish().catch(null),
    completion_tokens_details: z.object({ reasoning_tokens: Tokens }).nullish().catch(null),
    cost_in_usd_ticks: z.int().nonnegative().catch(0),
  })
  .transform((usage): Usage => ({
    prompt_tokens: usage.prompt_tokens,
    cached_tokens: usage.prompt_tokens_details?.cached_tokens ?? 0,
    completion_tokens: usage.completion_tokens,
    reasoning_tokens: usage.completion_tokens_details?.reasoning_tokens ?? 0,
    cost_usd_ticks: usage.cost_in_usd_ticks,
  }))
const Choice = z.object({
  finish_reason: z.string().nullish().catch(null),
  message: z.object({ content: z.string().nullish(), refusal: z.string().nullish().catch(null) }).nullish(),
})
const Envelope = z.object({
  model: z.string().min(1).max(100).nullish().catch(null),
  usage: UsageReport.nullish().catch(null),
  choices: z.array(Choice).min(1),
})
