import * as z from 'zod'
import { classifyResponse, isSuccess, type Response } from './classify-response.ts'
import type { Usage } from './divide-usage.ts'
import { parseJson } from './parse-json.ts'
import type { Completed, Refusal, Refused } from './provider.ts'

/**
 * xAI's response to a chat completion: what the model said, or why it is no answer. Pure; `now` is epoch milliseconds.
 */
export function readCompletion(response: Response, now: number): Completed | Refused {
  const { status, headers, body } = response
  const about = { asSuccess: isSuccess(status), requestId: headers.get('x-request-id') }
  const refuse = (refusal: Refusal): Refused => ({ kind: 'refused', refusal, ...about })
  if (!isSuccess(status)) return refuse(classifyResponse(response, now))
  const envelope = Envelope.safeParse(parseJson(body))
  if (!envelope.success || isNoCompletion(envelope.data)) {
    const detail = `not a chat completion: ${JSON.stringify(body.slice(0, 200))}`
    return refuse({ verdict: 'unknown', reason: 'not_a_completion', detail })
  }
  const { model, usage, choices } = envelope.data
  if (isOutage(envelope.data)) return refuse(classifyResponse(response, now))
  const { finish_reason: finish, message } = choices?.[0] ?? {}
  return {
    kind: 'completed',
    text: message?.content ?? '',
    finish: finish === 'length' || finish === 'content_filter' ? finish : 'stop',
    refusal: message?.refusal || null,
    model: model ?? null,
    usage: usage ?? null,
    requestId: about.requestId,
  }
}

/** What was said where the model's words should be; with words of the model, an error beside them changes nothing. */
const errorOf = ({ error, choices }: Envelope): unknown => choices?.[0]?.error || error

const isNoCompletion = (envelope: Envelope): boolean => !envelope.choices?.[0] && !errorOf(envelope)

/**
 * An outage that comes as a success: an error in place of an answer or behind the part of it that was ready, or an
 * empty answer for which no token was counted, so that no model has seen the question.
 */
function isOutage(envelope: Envelope): boolean {
  const { finish_reason: finish, message } = envelope.choices?.[0] ?? {}
  if (finish === 'error') return true
  if (message?.content || message?.refusal) return false
  if (errorOf(envelope)) return true
  const { usage } = envelope
  return finish !== 'length' && finish !== 'content_filter' && !usage?.prompt_tokens && !usage?.completion_tokens
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
  error: z.unknown().optional(),
  finish_reason: z.string().nullish().catch(null),
  message: z.object({ content: z.string().nullish(), refusal: z.string().nullish().catch(null) }).nullish(),
})
const Envelope = z.object({
  model: z.string().min(1).max(100).nullish().catch(null),
  usage: UsageReport.nullish().catch(null),
  error: z.unknown().optional(),
  choices: z.array(Choice).nullish(),
})
type Envelope = z.infer<typeof Envelope>
