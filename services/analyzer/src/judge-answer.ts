import * as z from 'zod'
import { CLUSTER_MAX, CLUSTERS_MAX, ItemAnswer, REASONING_MAX } from './answer-schema.ts'
import { cleanText, cutText } from './clean-text.ts'
import type { Usage } from './divide-usage.ts'

export type ItemVerdict =
  | { kind: 'accepted'; answer: ItemAnswer; raw: string | null }
  | { kind: 'missing' }
  | { kind: 'invalid'; reason: string }

export interface Judgement {
  /** `ok`: an answer that could be read, however incomplete. Otherwise every item is missing. */
  verdict: 'ok' | 'unreadable' | 'too_long' | 'refused'
  detail: string
  /** One for each alias sent (I4): accepted + missing + invalid = sent. */
  items: Map<string, ItemVerdict>
  /** Results for nobody: their alias was not sent. */
  unknown: number
  /** The model that says it answered. */
  model: string | null
  usage: Usage | null
}

/**
 * The body of a 200 as text, judged strictly and item by item (design section 7). A result counts only for the item whose
 * alias it carries; nothing is guessed, completed or filled with a default.
 */
export function judgeAnswer(body: string, aliases: readonly string[]): Judgement {
  const items = new Map<string, ItemVerdict>(aliases.map((alias) => [alias, { kind: 'missing' }]))
  const envelope = Envelope.safeParse(parseJson(body))
  if (!envelope.success) {
    const detail = `not a chat completion: ${JSON.stringify(body.slice(0, 200))}`
    return { verdict: 'unreadable', detail, items, unknown: 0, model: null, usage: null }
  }
  const { model, usage, choices } = envelope.data
  const about = { items, unknown: 0, model: model ?? null, usage: usage ?? null }
  const [choice] = choices
  const { content, refusal } = choice?.message ?? {}

  if (refusal || choice?.finish_reason === 'content_filter')
    return { ...about, verdict: 'refused', detail: `refused: ${(refusal ?? 'content_filter').slice(0, 200)}` }
  const answer = Answer.safeParse(parseJson(content ?? ''))
  if (!answer.success) {
    if (choice?.finish_reason === 'length') return { ...about, verdict: 'too_long', detail: 'cut off at its length' }
    const detail = `no results in the content: ${JSON.stringify((content ?? '').slice(0, 200))}`
    return { ...about, verdict: 'unreadable', detail }
  }
  const unknown = judgeResults(answer.data.results, items)
  return { ...about, unknown, verdict: 'ok', detail: '' }
}

function judgeResults(results: unknown[], items: Map<string, ItemVerdict>): number {
  let unknown = 0
  for (const result of results) {
    const alias = aliasOf(result)
    const before = alias === undefined ? undefined : items.get(alias)
    if (alias === undefined || before === undefined) unknown++
    else items.set(alias, before.kind === 'missing' ? judgeItem(result) : merge(before, judgeItem(result)))
  }
  return unknown
}

function judgeItem(result: unknown): ItemVerdict {
  const parsed = ItemAnswer.safeParse(normalize(result as Record<string, unknown>))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    return { kind: 'invalid', reason: `${issue?.path.join('.') || 'result'}: ${issue?.message ?? 'invalid'}` }
  }
  const raw = JSON.stringify(result)
  return { kind: 'accepted', answer: parsed.data, raw: raw.length <= RAW_MAX ? raw : null }
}

/** Two results for one item: kept when they say the same, dropped when they contradict each other. */
function merge(first: ItemVerdict, second: ItemVerdict): ItemVerdict {
  const agree =
    first.kind === 'accepted' &&
    second.kind === 'accepted' &&
    first.answer.sentiment_score === second.answer.sentiment_score &&
    first.answer.confidence === second.answer.confidence &&
    first.answer.clusters.join('\n') === second.answer.clusters.join('\n')
  return agree ? first : { kind: 'invalid', reason: 'several results that contradict each other' }
}

/** What may be mended without changing the meaning. Types are never coerced: what is wrong stays wrong for the schema. */
function normalize(result: Record<string, unknown>): unknown {
  const { reasoning, sentiment_score, confidence, clusters } = result
  return {
    ...result,
    ...(typeof reasoning === 'string' && { reasoning: cutText(cleanText(reasoning), REASONING_MAX) }),
    ...(typeof sentiment_score === 'number' && { sentiment_score: clamp(sentiment_score, -1, 1) }),
    ...(typeof confidence === 'number' && { confidence: clamp(confidence, 0, 1) }),
    ...(Array.isArray(clusters) && { clusters: normalizeClusters(clusters) }),
  }
}

/** Only an excess that rounding explains; 1.7 stays 1.7 and is rejected. Also -0 becomes 0. */
function clamp(value: number, min: number, max: number): number {
  if (value < min && value >= min - ROUNDING) return min
  if (value > max && value <= max + ROUNDING) return max
  return value === 0 ? 0 : value
}

function normalizeClusters(clusters: unknown[]): unknown[] {
  const labels = clusters.map((label) =>
    typeof label === 'string'
      ? cutText(cleanText(label).toLowerCase().replace(/\s+/g, ' '), CLUSTER_MAX).trim()
      : label,
  )
  return [...new Set(labels)].filter((label) => label !== '').slice(0, CLUSTERS_MAX)
}

const ROUNDING = 0.01
const RAW_MAX = 4096

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
const Envelope = z.object({
  model: z.string().min(1).max(100).nullish().catch(null),
  usage: UsageReport.nullish().catch(null),
  choices: z
    .array(
      z.object({
        finish_reason: z.string().nullish().catch(null),
        message: z.object({ content: z.string().nullish(), refusal: z.string().nullish().catch(null) }).nullish(),
      }),
    )
    .min(1),
})
const Answer = z.object({ results: z.array(z.unknown()) })

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function aliasOf(result: unknown): string | undefined {
  if (typeof result !== 'object' || result === null || !Object.hasOwn(result, 'conversation_id')) return undefined
  const { conversation_id: alias } = result as { conversation_id: unknown }
  return typeof alias === 'string' ? alias : undefined
}
