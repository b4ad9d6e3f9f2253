import { countRepeats, type Repeats } from './count-repeats.ts'
import type { Verdict } from '../answers/decide-answer.ts'
import { measureCallRate } from '../limits/measure-call-rate.ts'
import type { Item } from '../requests/read-protocol.ts'
import type { Answer } from '../answers/write-answer.ts'

/** `GET /__sim/stats`. Counted since the start or the last reset; times in ms, `since` as ISO 8601. */
export interface Stats extends Repeats {
  since: string
  /** POST /v1/chat/completions that arrived, whatever became of them. */
  calls: number
  answered: number
  /** By status; 200 for an outage that came as one. */
  refused: Record<string, number>
  /** Calls that a fault hit, by its kind; those that were refused by it are in `refused` too. */
  faults: Record<string, number>
  /** Calls that held private text (`private` in the settings). */
  leaks: number
  /** Callers that went away before their answer. */
  aborted: number
  in_flight: number
  max_in_flight: number
  /** The most requests under /v1 in any sliding second: exact, refused ones and the model list included. */
  max_calls_in_sliding_second: number
  /** The shortest time in which `calls` consecutive requests arrived; `ms` is null until there were that many. */
  shortest_span: { calls: number; ms: number | null }
  items: number
  items_per_call_mean: number
  /** Distinct aliases seen, counted up to 10,000: random ones grow with the items, reused ones do not. */
  distinct_aliases: number
  /** Distinct system turns seen, counted up to 100: more than one prompt version spoils the prefix cache. */
  distinct_system_prompts: number
  models: Record<string, number>
  tokens: { prompt: number; cached: number; completion: number; reasoning: number }
  cost_in_usd_ticks: number
  /** The last few refusals with their reasons, oldest first; 429 are only counted, or they would crowd out the rest. */
  recent_refusals: { at: string; status: number; reason: string }[]
}

export interface StatsGatherer {
  /** Any request under /v1, at the moment it came, on the monotonic clock. */
  arrived(atMs: number): void
  began(): void
  /** The conversations of a call whose body came; `inVain`: whether the one at this place gets nothing of use. */
  sent(items: readonly Item[], inVain: (place: number) => boolean): void
  leaked(): void
  hit(fault: string): void
  decided(verdict: Verdict): void
  ended(completed: boolean): void
  snapshot(): Stats
}

const maxAliases = 10_000
const maxSystemPrompts = 100
const maxRecentRefusals = 10

/**
 * Counts what arrives. Everything kept is bounded: numbers, the moments of one second, and a few capped sets.
 *
 * @param spanCalls number of consecutive calls whose shortest span is measured: one more than the cap
 * @param inFlight calls already being answered: a reset in the middle of work must not make the gauge go negative
 */
export function gatherStats(spanCalls: number, wallClock: () => number, inFlight = 0): StatsGatherer {
  const rate = measureCallRate(spanCalls)
  const repeats = countRepeats()
  const aliases = new Set<string>()
  const systemPrompts = new Set<string>()
  const counts: Stats = {
    since: new Date(wallClock()).toISOString(),
    calls: 0,
    answered: 0,
    refused: {},
    faults: {},
    leaks: 0,
    aborted: 0,
    in_flight: inFlight,
    max_in_flight: inFlight,
    max_calls_in_sliding_second: 0,
    shortest_span: { calls: spanCalls, ms: null },
    items: 0,
    items_per_call_mean: 0,
    ...repeats.counts(),
    distinct_aliases: 0,
    distinct_system_prompts: 0,
    models: {},
    tokens: { prompt: 0, cached: 0, completion: 0, reasoning: 0 },
    cost_in_usd_ticks: 0,
    recent_refusals: [],
  }

  function countAnswer(answer: Answer): void {
    const { usage } = answer
    counts.answered += 1
    counts.items += answer.asked.aliases.length
    counts.models[answer.asked.model] = (counts.models[answer.asked.model] ?? 0) + 1
    counts.tokens.prompt += usage.prompt_tokens
    counts.tokens.cached += usage.prompt_tokens_details.cached_tokens
    counts.tokens.completion += usage.completion_tokens
    counts.tokens.reasoning += usage.completion_tokens_details.reasoning_tokens
    counts.cost_in_usd_ticks += usage.cost_in_usd_ticks
    for (const alias of answer.asked.aliases) if (aliases.size < maxAliases) aliases.add(alias)
    if (systemPrompts.size < maxSystemPrompts) systemPrompts.add(answer.asked.system)
  }

  return {
    arrived: (atMs) => rate.arrived(atMs),
    began: () => {
      counts.calls += 1
      counts.in_flight += 1
      counts.max_in_flight = Math.max(counts.max_in_flight, counts.in_flight)
    },
    sent: (items, inVain) => repeats.sent(items, inVain),
    leaked: () => {
      counts.leaks += 1
    },
    hit: (fault) => {
      counts.faults[fault] = (counts.faults[fault] ?? 0) + 1
    },
    decided: (verdict) => {
      if (verdict.kind === 'answered') return countAnswer(verdict)
      const { status, body } = verdict
      counts.refused[status] = (counts.refused[status] ?? 0) + 1
      if (status === 429) return
      const error: unknown = typeof body === 'object' && 'error' in body ? body.error : body
      const reason = typeof error === 'string' ? error : JSON.stringify(error)
      counts.recent_refusals.push({ at: new Date(wallClock()).toISOString(), status, reason: reason.slice(0, 500) })
      if (counts.recent_refusals.length > maxRecentRefusals) counts.recent_refusals.shift()
    },
    ended: (completed) => {
      counts.in_flight -= 1
      if (!completed) counts.aborted += 1
    },
    snapshot: () => ({
      ...counts,
      ...repeats.counts(),
      max_calls_in_sliding_second: rate.maxPerSecond(),
      shortest_span: { calls: spanCalls, ms: rate.shortestSpanMs() },
      items_per_call_mean: counts.answered === 0 ? 0 : counts.items / counts.answered,
      distinct_aliases: aliases.size,
      distinct_system_prompts: systemPrompts.size,
    }),
  }
}
