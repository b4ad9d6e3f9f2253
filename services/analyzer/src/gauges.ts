import type { Metrics } from '@insights/runtime/metrics'
import { Counter, Gauge } from 'prom-client'
import { NO_ANSWER } from './calls/call-outcome.ts'
import type { MemoryBound } from './intake/memory-bound.ts'
import type { Ownership } from './partitions/own-partitions.ts'
import type { Pacer } from './slots/pace-calls.ts'

export interface AnalyzerState {
  /** The reasons for which work is held back at this moment. */
  pauses(): string[]
  pacer: Pick<Pacer, 'countSlots'>
  memoryBound: Pick<MemoryBound, 'used'>
  ownership: Pick<Ownership, 'all'>
  /** Records behind, by partition of ours, as the broker says; null while it is not known. */
  lag(): ReadonlyMap<number, number> | null
  groupId: string
  topic: string
}

/** What is looked up when metrics are read. */
export function observeAnalyzer({ registry }: Metrics, state: AnalyzerState): void {
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
    help: 'Slots of the cap that belonged to this process, by whether a call was started in them.',
    labelNames: ['use'],
    registers: [],
    collect() {
      const { used, idle } = state.pacer.countSlots()
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
      const { records, waiting } = state.memoryBound.used()
      this.set({ state: 'in_work' }, records)
      this.set({ state: 'waiting_live' }, waiting.live)
      this.set({ state: 'waiting_bulk' }, waiting.bulk)
    },
  })
  const partitions = new Gauge({
    name: 'insights_analyzer_partitions',
    help: 'Partitions of the input topic that this process owns; its share of the slots is the same.',
    registers: [],
    collect() {
      this.set(state.ownership.all().length)
    },
  })
  const lag = new Gauge({
    name: 'kafka_consumergroup_lag',
    help: 'Records between the group’s commit and the end of the partition, for the partitions of this process, as the broker reports them.',
    labelNames: ['consumergroup', 'topic', 'partition'],
    registers: [],
    collect() {
      this.reset()
      const known = state.lag()
      if (known === null) return
      const { groupId: consumergroup, topic } = state
      for (const [partition, records] of known) this.set({ consumergroup, topic, partition }, records)
    },
  })
  for (const metric of [paused, slots, memory, partitions, lag]) registry.registerMetric(metric as Gauge)
}

const PAUSE_REASONS = [...NO_ANSWER, 'registry', 'schema', 'budget']
