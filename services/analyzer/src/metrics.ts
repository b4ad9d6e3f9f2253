import type { Metrics } from '@insights/runtime/metrics'
import { Counter, Gauge, Histogram } from 'prom-client'
import type { AskResult } from './classify-response.ts'
import type { Usage } from './divide-usage.ts'

export type ItemOutcome = 'accepted' | 'again' | 'failed' | 'unreadable' | 'unknown_alias'

export interface AnalyzerMetrics {
  callBegan(conversations: number): void
  callEnded(outcome: AskResult['kind'], seconds: number): void
  used(usage: Usage): void
  countItems(outcome: ItemOutcome, count: number): void
}

const OUTCOMES: AskResult['kind'][] = ['answered', 'rejected', 'weather', 'misconfigured', 'aborted']
const ITEM_OUTCOMES: ItemOutcome[] = ['accepted', 'again', 'failed', 'unreadable', 'unknown_alias']
const TOKEN_KINDS = ['prompt', 'cached', 'completion', 'reasoning'] as const
const TICKS_PER_USD = 1e10

/** `pauses` gives the reasons for which work is held back at this moment. */
export function createAnalyzerMetrics({ registry }: Metrics, pauses: () => string[]): AnalyzerMetrics {
  const registers = [registry]
  const calls = new Counter({
    name: 'insights_grok_calls_total',
    help: 'Calls to Grok by how they ended: answered; rejected for their content; weather or misconfigured (nobody charged); aborted at a stop.',
    labelNames: ['outcome'],
    registers,
  })
  const seconds = new Histogram({
    name: 'insights_grok_call_seconds',
    help: 'Time from sending a call to having read its answer.',
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2, 3, 4, 5, 7.5, 10, 15, 20, 30, 60],
    registers,
  })
  const inFlight = new Gauge({
    name: 'insights_grok_calls_in_flight',
    help: 'Calls that wait for their answer.',
    registers,
  })
  const conversations = new Histogram({
    name: 'insights_batch_conversations',
    help: 'Conversations in a call.',
    buckets: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 20, 50],
    registers,
  })
  const tokens = new Counter({
    name: 'insights_tokens_total',
    help: 'Tokens that Grok reports; cached ones are part of the prompt, reasoning ones are not part of the completion.',
    labelNames: ['kind'],
    registers,
  })
  const cost = new Counter({
    name: 'insights_cost_usd_total',
    help: 'US dollars that Grok reports as charged.',
    registers,
  })
  const items = new Counter({
    name: 'insights_items_total',
    help: 'Conversations by what became of them in a call or before one; again means another call.',
    labelNames: ['outcome'],
    registers,
  })
  const paused = new Gauge({
    name: 'insights_analyzer_paused',
    help: '1 while work is held back for this reason.',
    labelNames: ['reason'],
    registers: [],
    collect() {
      this.reset()
      for (const reason of PAUSE_REASONS) this.set({ reason }, 0)
      for (const reason of pauses()) this.set({ reason }, 1)
    },
  })
  registry.registerMetric(paused)
  // A rate over a series that appears with its first event misses that event, so each begins at 0.
  for (const outcome of OUTCOMES) calls.inc({ outcome }, 0)
  for (const outcome of ITEM_OUTCOMES) items.inc({ outcome }, 0)
  for (const kind of TOKEN_KINDS) tokens.inc({ kind }, 0)

  return {
    callBegan: (count) => {
      inFlight.inc()
      conversations.observe(count)
    },
    callEnded: (outcome, took) => {
      inFlight.dec()
      calls.inc({ outcome })
      seconds.observe(took)
    },
    used: (usage) => {
      for (const kind of TOKEN_KINDS) tokens.inc({ kind }, usage[`${kind}_tokens`])
      cost.inc(usage.cost_usd_ticks / TICKS_PER_USD)
    },
    countItems: (outcome, count) => items.inc({ outcome }, count),
  }
}

const PAUSE_REASONS = [
  'rate_limited',
  'unavailable',
  'timeout',
  'network',
  'api_key',
  'credits',
  'model',
  'redirected',
  'request',
  'registry',
]
