import type { Assignment, Consumer } from '@insights/runtime/kafka/consume/consumer'
import { createBrokerClock, type BrokerClock } from './broker-clock.ts'
import { followGeneration } from './follow-generation.ts'
import { keepClock } from './keep-clock.ts'
import { createPacer } from './pace-calls.ts'
import type { SlotPlan } from '@insights/pipeline/estimate/plan-slots'

/** The slots of the cap that are ours, by the broker's clock and the group's generation. */
export function createSlots({
  plan,
  topic,
  consumer,
  maxCalls,
  changed,
  onCrash,
  monotonic,
  now,
}: {
  plan: SlotPlan
  /** Whose partitions the slots follow. */
  topic: string
  consumer: Pick<Consumer, 'aliveUntil'>
  maxCalls: number
  /** Slots may be ours now, or ours no longer. */
  changed: () => void
  onCrash: (error: unknown) => void
  monotonic: () => number
  /** Epoch milliseconds. */
  now: () => number
}) {
  const clock = createBrokerClock({ settleMs: CLOCK_SETTLE_MS })
  const generation = followGeneration({ topic, monotonic })
  const pacer = createPacer({
    plan,
    generation: generation.current,
    aliveUntil: consumer.aliveUntil,
    clock,
    monotonic,
    wallClock: now,
    maxConcurrent: maxCalls,
  })
  const stopped = new AbortController()
  let kept: Promise<void> | undefined
  return {
    pacer,
    onAssigned: (assignment: Assignment) => {
      generation.onAssigned(assignment)
      changed()
    },
    /** The broker's time, epoch ms, also while the clock is still settling: not for slots. Null while unknown. */
    brokerTime: () => clock.now(monotonic(), { alone: true }),
    /**
     * What events say: the broker's time as well as it is known, whole epoch ms. Before its first answer, when no call
     * has left, this process's own.
     */
    eventTime: () => Math.round(clock.estimate(monotonic()) ?? now()),
    start: (probe: () => Promise<Parameters<BrokerClock['sample']>[0] | null>) => {
      const signal = stopped.signal
      kept = keepClock({ clock, probe, everyMs: CLOCK_EVERY_MS, onChange: changed, signal, onCrash })
    },
    stop: async () => {
      stopped.abort()
      await kept
    },
  }
}

const CLOCK_EVERY_MS = 2_000
/** At least three probes, so that all analyzers know of a step of the clock before any of them uses the new time. */
const CLOCK_SETTLE_MS = 7_000
