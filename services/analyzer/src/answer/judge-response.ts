import * as z from 'zod'
import { whyDistrusted } from './check-canaries.ts'
import { classifyResponse, type Refusal } from '../provider/classify-response.ts'
import type { Usage } from '../provider/divide-usage.ts'
import { judgeAnswer, type ItemVerdict } from './judge-answer.ts'
import type { Asked } from '../question/asked.ts'
import { parseJson } from './read-results.ts'
import type { Broke, Responded } from '../provider/reply.ts'

export type CallVerdict =
  /** An answer that could be read and may be believed, however incomplete. */
  | { verdict: 'ok'; reason: 'answered' }
  /** It could be read, and something in it shows that it must not be believed. */
  | { verdict: 'distrusted'; reason: 'canary_wrong' | 'canary_missing' | 'all_the_same' }
  /** It did not fit: the request into the model's context, or the answer into its limit. */
  | { verdict: 'too_long'; reason: 'context' | 'length' }
  /** Something in a conversation kept the provider or the model from answering. */
  | { verdict: 'unsafe'; reason: 'blocked' | 'refused' | 'content_filter' }
  /** The provider or the network failed; no conversation of the call is at fault, and it passes by itself. */
  | { verdict: 'transient'; reason: 'rate_limited' | 'unavailable' | Broke['how'] }
  | { verdict: 'misconfigured'; reason: Extract<Refusal, { verdict: 'misconfigured' }>['reason'] }
  /** It says nothing that can be read. */
  | { verdict: 'unknown'; reason: 'not_a_completion' | 'no_results' | 'no_usable_result' | 'canary_invalid' }

export type Judgement = CallVerdict & {
  detail: string
  /**
   * One for each conversation (I4): accepted + missing + invalid = sent. All missing, unless the verdict is `ok` or
   * `too_long`.
   */
  items: Map<string, ItemVerdict>
  /** Results of no conversation. */
  unknown: number
  /** The model that says it answered. */
  model: string | null
  usage: Usage | null
  /** What the provider asks to wait, in milliseconds. */
  retryAfterMs?: number | undefined
}

/**
 * A call's reply, whatever it is: what it says about the call and about each conversation. Pure; `now` is epoch
 * milliseconds.
 */
export function judgeResponse(reply: Responded | Broke, asked: Asked, now: number): Judgement {
  const nothing = { items: allMissing(asked), unknown: 0, model: null, usage: null }
  if (reply.kind === 'broke') return { ...nothing, verdict: 'transient', reason: reply.how, detail: reply.detail }
  const refusal = classifyResponse(reply, now)
  if (refusal !== null) return { ...nothing, ...refusal }

  const envelope = Envelope.safeParse(parseJson(reply.body))
  if (!envelope.success) {
    const detail = `not a chat completion: ${JSON.stringify(reply.body.slice(0, 200))}`
    return { ...nothing, verdict: 'unknown', reason: 'not_a_completion', detail }
  }
  const { model, usage, choices } = envelope.data
  const about = { ...nothing, model: model ?? null, usage: usage ?? null }
  return judgeChoice(choices[0], asked, about)
}

function judgeChoice(
  choice: z.infer<typeof Choice> | undefined,
  asked: Asked,
  about: Pick<Judgement, 'items' | 'unknown' | 'model' | 'usage'>,
): Judgement {
  const { content, refusal } = choice?.message ?? {}
  if (refusal) return { ...about, verdict: 'unsafe', reason: 'refused', detail: `refused: ${refusal.slice(0, 200)}` }
  if (choice?.finish_reason === 'content_filter')
    return { ...about, verdict: 'unsafe', reason: 'content_filter', detail: 'stopped by the content filter' }

  const cutOff = choice?.finish_reason === 'length'
  const tooLong = { verdict: 'too_long', reason: 'length', detail: 'the answer was cut off at its length' } as const
  const all = [...asked.aliases, ...asked.canaries.map(({ alias }) => alias)]
  const judged = judgeAnswer(content ?? '', all)
  if (judged === null) {
    if (cutOff) return { ...about, ...tooLong }
    const detail = `no results in the content: ${JSON.stringify((content ?? '').slice(0, 200))}`
    return { ...about, verdict: 'unknown', reason: 'no_results', detail }
  }
  const { unknown } = judged
  if (all.length > 1 && [...judged.items.values()].every(({ kind }) => kind !== 'accepted')) {
    if (cutOff) return { ...about, unknown, ...tooLong }
    return { ...about, unknown, verdict: 'unknown', reason: 'no_usable_result', detail: 'no result of it was usable' }
  }
  const items = new Map<string, ItemVerdict>(
    asked.aliases.map((alias) => [alias, judged.items.get(alias) ?? { kind: 'missing' }]),
  )
  const canaries = asked.canaries.map(({ alias, canary }) => ({
    canary,
    item: judged.items.get(alias) ?? { kind: 'missing' as const },
  }))
  const distrust = whyDistrusted([...items.values()], canaries)
  if (distrust !== null) {
    // Where the end is missing, so may be a canary; nothing before it can be believed without it.
    if (cutOff && distrust === 'canary_missing') return { ...about, unknown, ...tooLong }
    // Badly written is not the same as wrong: it shows no attack, and no more can be believed than of an unreadable
    // answer.
    if (distrust === 'canary_invalid')
      return { ...about, unknown, verdict: 'unknown', reason: distrust, detail: 'the result of a canary was not valid' }
    return { ...about, unknown, verdict: 'distrusted', reason: distrust, detail: `not believed: ${distrust}` }
  }
  if (cutOff) return { ...about, items, unknown, ...tooLong }
  return { ...about, items, unknown, verdict: 'ok', reason: 'answered', detail: '' }
}

const allMissing = ({ aliases }: Asked) =>
  new Map<string, ItemVerdict>(aliases.map((alias) => [alias, { kind: 'missing' }]))

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
