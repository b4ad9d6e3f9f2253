import type { Metrics } from '@insights/runtime/metrics'
import { Counter, Gauge, Histogram } from 'prom-client'
import { NO_ANSWER, type CallOutcome } from './calls/call-outcome.ts'
import type { Usage } from './provider/divide-usage.ts'
import { TICKS_PER_USD } from '@insights/pipeline/estimate/estimate-cost'
import { SUSPICION_KINDS, type SuspicionKind } from './text/injection/detect-suspicion.ts'
import { PII_KINDS, type Masked } from './text/pii/mask-pii.ts'
import type { ItemOutcome } from './work/item-outcome.ts'

export interface Counters {
  callLeft(conversations: number): void
  /** `seconds` since it left; null when it never did. */
  callEnded(outcome: CallOutcome, seconds: number | null): void
  used(usage: Usage): void
  countItems(outcome: ItemOutcome, count: number): void
  countSuspicion(kind: SuspicionKind): void
  countMasked(counts: Masked['counts']): void
}

/** What is counted where it happens. */
export function createCounters({ registry }: Metrics): Counters {
  const registers = [registry]
  const calls = new Counter({
    name: 'insights_grok_calls_total',
    help: 'Calls to Grok by how they ended: answered; refused, probably for their content (unsafe, too_long, refused); answered, but distrusted or unreadable; not answered, by reason (no conversation is charged an attempt); aborted at a stop; held: not sent, because its slot was over, no connection was ready or the budget was used up.',
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
    help: 'Calls that were sent and have no answer yet.',
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
    help: 'Conversations by outcome, in a call or before one; again means another call.',
    labelNames: ['outcome'],
    registers,
  })
  const suspicious = new Counter({
    name: 'insights_suspicious_conversations_total',
    help: 'Conversations that look as if they were written to steer the model, by what shows it; each is asked about in a call of its own.',
    labelNames: ['kind'],
    registers,
  })
  const masked = new Counter({
    name: 'insights_masked_total',
    help: 'Pieces of personal data that were masked before the call, by kind (MASK_PII).',
    labelNames: ['kind'],
    registers,
  })
  // A rate over a series that appears with its first event misses that event, so each begins at 0.
  for (const outcome of OUTCOMES) calls.inc({ outcome }, 0)
  for (const outcome of ITEM_OUTCOMES) items.inc({ outcome }, 0)
  for (const kind of TOKEN_KINDS) tokens.inc({ kind }, 0)
  for (const kind of SUSPICION_KINDS) suspicious.inc({ kind }, 0)
  for (const kind of PII_KINDS) masked.inc({ kind }, 0)

  return {
    callLeft: (count) => {
      inFlight.inc()
      conversations.observe(count)
    },
    callEnded: (outcome, took) => {
      calls.inc({ outcome })
      if (took === null) return
      inFlight.dec()
      seconds.observe(took)
    },
    used: (usage) => {
      for (const kind of TOKEN_KINDS) tokens.inc({ kind }, usage[`${kind}_tokens`])
      cost.inc(usage.cost_usd_ticks / TICKS_PER_USD)
    },
    countItems: (outcome, count) => items.inc({ outcome }, count),
    countSuspicion: (kind) => suspicious.inc({ kind }),
    countMasked: (counts) => {
      for (const [kind, count] of Object.entries(counts)) masked.inc({ kind }, count)
    },
  }
}

const OUTCOMES: CallOutcome[] = [
  'answered',
  'unsafe',
  'too_long',
  'refused',
  'distrusted',
  'unreadable',
  ...NO_ANSWER,
  'aborted',
  'held',
]
const ITEM_OUTCOMES: ItemOutcome[] = [
  'accepted',
  'again',
  'failed',
  'unreadable',
  'unknown_alias',
  'repeated',
  'expired',
]
const TOKEN_KINDS = ['prompt', 'cached', 'completion', 'reasoning'] as const
