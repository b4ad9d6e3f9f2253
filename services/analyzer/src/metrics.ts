import type { Metrics } from '@insights/runtime/metrics'
import { Counter, Gauge, Histogram } from 'prom-client'
import { SUSPICION_KINDS, type SuspicionKind } from './text/injection/detect-suspicion.ts'
import type { Usage } from './provider/divide-usage.ts'
import { TICKS_PER_USD } from './provider/estimate-cost.ts'
import type { CallVerdict } from './answer/judge-response.ts'
import { PII_KINDS, type Masked } from './text/pii/mask-pii.ts'
import type { NotAsked } from './provider/reply.ts'

export type ItemOutcome = 'accepted' | 'again' | 'failed' | 'unreadable' | 'unknown_alias' | 'repeated' | 'expired'
type ReasonOf<V extends CallVerdict['verdict']> = Extract<CallVerdict, { verdict: V }>['reason']
type NoAnswerReason = ReasonOf<'weather'> | ReasonOf<'misconfigured'>
/** Why a call was not answered, else how it ended. */
export type CallOutcome =
  | 'answered'
  | 'unreadable'
  | Extract<CallVerdict['verdict'], 'distrusted' | 'too_long' | 'unsafe'>
  | NoAnswerReason
  | NotAsked['kind']

export interface AnalyzerMetrics {
  callLeft(conversations: number): void
  /** `seconds` since it left; null when it never did. */
  callEnded(outcome: CallOutcome, seconds: number | null): void
  used(usage: Usage): void
  countItems(outcome: ItemOutcome, count: number): void
  countSuspicion(kind: SuspicionKind): void
  countMasked(counts: Masked['counts']): void
}

const NO_ANSWER: NoAnswerReason[] = [
  'rate_limited',
  'unavailable',
  'timeout',
  'network',
  'api_key',
  'credits',
  'model',
  'redirected',
  'request',
]
const OUTCOMES: CallOutcome[] = [
  'answered',
  'unsafe',
  'too_long',
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

export interface AnalyzerState {
  /** The reasons for which work is held back at this moment. */
  pauses(): string[]
  /** Own slots that have gone by since this was last asked. */
  countSlots(): { used: number; idle: number }
  /** What is in memory. */
  used(): { records: number; bytes: number; waiting: { live: number; bulk: number } }
  partitions(): number
  /** What the broker says of the group, by partition; null while it is not known. */
  lag(): { consumergroup: string; topic: string; partitions: ReadonlyMap<number, number> } | null
}

/** `state` is asked when metrics are read. */
export function createAnalyzerMetrics({ registry }: Metrics, state: AnalyzerState): AnalyzerMetrics {
  const registers = [registry]
  const calls = new Counter({
    name: 'insights_grok_calls_total',
    help: 'Calls to Grok by how they ended: answered; refused for their content (unsafe, too_long); answered, but not to be believed (distrusted) or read (unreadable); not answered, by reason (nobody is charged); aborted at a stop; held: it did not leave, its slot was over.',
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
  const suspicious = new Counter({
    name: 'insights_suspicious_conversations_total',
    help: 'Conversations that look as if they were written to steer the model, by what shows it; they go alone in their calls.',
    labelNames: ['kind'],
    registers,
  })
  const masked = new Counter({
    name: 'insights_masked_total',
    help: 'Pieces of personal data that were masked before the call, by kind (MASK_PII).',
    labelNames: ['kind'],
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
      for (const reason of state.pauses()) this.set({ reason }, 1)
    },
  })
  const slots = new Counter({
    name: 'insights_slots_total',
    help: 'Slots of the cap that were this process’ own, by whether a call began in them.',
    labelNames: ['use'],
    registers: [],
    collect() {
      const { used, idle } = state.countSlots()
      this.inc({ use: 'used' }, used)
      this.inc({ use: 'idle' }, idle)
    },
  })
  const memory = new Gauge({
    name: 'insights_analyzer_records',
    help: 'Conversations in memory: waiting for a call, by lane, and in work (waiting ones included).',
    labelNames: ['state'],
    registers: [],
    collect() {
      const { records, waiting } = state.used()
      this.set({ state: 'in_work' }, records)
      this.set({ state: 'waiting_live' }, waiting.live)
      this.set({ state: 'waiting_bulk' }, waiting.bulk)
    },
  })
  const partitions = new Gauge({
    name: 'insights_analyzer_partitions',
    help: 'Partitions of the input topic that are this process’ own; its share of the slots is the same.',
    registers: [],
    collect() {
      this.set(state.partitions())
    },
  })
  const lag = new Gauge({
    name: 'kafka_consumergroup_lag',
    help: 'Records between the group’s commit and the end of the partition, of this process’ partitions, from the broker.',
    labelNames: ['consumergroup', 'topic', 'partition'],
    registers: [],
    collect() {
      this.reset()
      const known = state.lag()
      if (known === null) return
      const { consumergroup, topic } = known
      for (const [partition, records] of known.partitions) this.set({ consumergroup, topic, partition }, records)
    },
  })
  for (const metric of [paused, slots, memory, partitions, lag]) registry.registerMetric(metric as Gauge)
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

const PAUSE_REASONS = [...NO_ANSWER, 'registry', 'budget']
