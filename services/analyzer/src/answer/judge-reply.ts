import { whyDistrusted } from './check-canaries.ts'
import type { Usage } from '../provider/divide-usage.ts'
import { judgeAnswer, type ItemVerdict } from './judge-answer.ts'
import type { Asked } from '../question/asked.ts'
import type { Broke, Completed, MisconfiguredReason, Refused } from '../provider/provider.ts'

export type CallVerdict =
  /** An answer that could be read and may be believed, however incomplete. */
  | { verdict: 'ok'; reason: 'answered' }
  /** It could be read, and something in it shows that it must not be believed. */
  | { verdict: 'distrusted'; reason: 'canary_wrong' | 'canary_missing' | 'all_the_same' }
  /** It did not fit: the request into the model's context, or the answer into its limit. */
  | { verdict: 'too_long'; reason: 'context' | 'too_large' }
  | { verdict: 'too_long'; reason: 'length' }
  /** Something in a conversation kept the provider or the model from answering. */
  | { verdict: 'unsafe'; reason: 'blocked' }
  | { verdict: 'unsafe'; reason: 'refused' | 'content_filter' }
  /** The provider did not take the request and did not say what is wrong with it. */
  | { verdict: 'refused'; reason: 'request' }
  /** The provider or the network failed; no conversation of the call is at fault, and it passes by itself. */
  | { verdict: 'transient'; reason: 'rate_limited' | 'unavailable' | Broke['how'] }
  | { verdict: 'misconfigured'; reason: MisconfiguredReason | 'request' }
  /** It says nothing that can be read. */
  | { verdict: 'unknown'; reason: 'not_a_completion' }
  | { verdict: 'unknown'; reason: 'no_results' | 'no_usable_result' | 'canary_invalid' }

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
 * Of a request that was not taken, or for which something else came than an answer. Which of its conversations is why,
 * if any is, it does not say.
 */
export type RefusedJudgement = Extract<
  Judgement,
  { reason: 'blocked' | 'context' | 'too_large' | 'request' | 'not_a_completion' }
>

export const isRefused = (judgement: Judgement): judgement is RefusedJudgement =>
  judgement.verdict !== 'misconfigured' && REFUSALS.has(judgement.reason)
const REFUSALS: ReadonlySet<string> = new Set<RefusedJudgement['reason']>([
  'blocked',
  'context',
  'too_large',
  'request',
  'not_a_completion',
])

/** A call's reply, whatever it is: what it says about the call and about each conversation. Pure. */
export function judgeReply(reply: Completed | Refused | Broke, asked: Asked): Judgement {
  const nothing = { items: allMissing(asked), unknown: 0, model: null, usage: null }
  if (reply.kind === 'broke') return { ...nothing, verdict: 'transient', reason: reply.how, detail: reply.detail }
  if (reply.kind === 'completed') return judgeCompletion(reply, asked, nothing.items)
  return { ...nothing, ...reply.refusal }
}

function judgeCompletion(
  { text, finish, refusal, model, usage }: Completed,
  asked: Asked,
  nothing: Judgement['items'],
): Judgement {
  const about = { items: nothing, unknown: 0, model, usage }
  if (refusal !== null)
    return { ...about, verdict: 'unsafe', reason: 'refused', detail: `refused: ${refusal.slice(0, 200)}` }
  if (finish === 'content_filter')
    return { ...about, verdict: 'unsafe', reason: 'content_filter', detail: 'stopped by the content filter' }

  const cutOff = finish === 'length'
  const tooLong = { verdict: 'too_long', reason: 'length', detail: 'the answer was cut off at its length' } as const
  const all = [...asked.aliases, ...asked.canaries.map(({ alias }) => alias)]
  const judged = judgeAnswer(text, all)
  if (judged === null) {
    if (cutOff) return { ...about, ...tooLong }
    const detail = `no results in the content: ${JSON.stringify(text.slice(0, 200))}`
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
