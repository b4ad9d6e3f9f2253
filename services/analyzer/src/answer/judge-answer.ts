import { CLUSTER_MAX, CLUSTERS_MAX, ItemAnswer, REASONING_MAX } from '../question/answer-schema.ts'
import { cleanText, cutText } from '../text/clean-text.ts'
import { readResults } from './read-results.ts'

export type ItemVerdict =
  | { kind: 'accepted'; answer: ItemAnswer; raw: string | null }
  | { kind: 'missing' }
  | { kind: 'invalid'; reason: string }

export interface JudgedAnswer {
  /** One for each alias sent (I4): accepted + missing + invalid = sent. */
  items: Map<string, ItemVerdict>
  /** Results of no conversation: their alias was not sent, or cannot be read. */
  unknown: number
}

/**
 * The content of an answer, judged strictly and item by item (design section 7). A result counts only for the item
 * whose alias it carries; nothing is guessed, completed or filled with a default. Null when there are no results in it.
 */
export function judgeAnswer(content: string, aliases: readonly string[]): JudgedAnswer | null {
  const read = readResults(content)
  if (read === null || (!read.whole && read.results.length === 0)) return null
  const items = new Map<string, ItemVerdict>(aliases.map((alias) => [alias, { kind: 'missing' }]))
  let unknown = 0
  const put = (alias: string | undefined, verdict: () => ItemVerdict) => {
    const before = alias === undefined ? undefined : items.get(alias)
    if (alias === undefined || before === undefined) unknown++
    else items.set(alias, before.kind === 'missing' ? verdict() : merge(before, verdict()))
  }
  for (const result of read.results) put(aliasOf(result), () => judgeItem(result))
  for (const { text, reason } of read.broken) put(aliasIn(text), () => ({ kind: 'invalid', reason }))
  return { items, unknown }
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

/**
 * What may be corrected without changing the meaning. Types are never coerced: what is wrong stays wrong for the
 * schema.
 */
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

function aliasOf(result: unknown): string | undefined {
  if (typeof result !== 'object' || result === null || !Object.hasOwn(result, 'conversation_id')) return undefined
  const { conversation_id: alias } = result as { conversation_id: unknown }
  return typeof alias === 'string' ? alias : undefined
}

/** Of a result that cannot be used: only to say whose it would have been, so the first that is written will do. */
function aliasIn(text: string): string | undefined {
  return /"conversation_id"\s*:\s*"([^"\\]*)"/.exec(text)?.[1]
}
