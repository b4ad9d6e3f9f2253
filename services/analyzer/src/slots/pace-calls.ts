import Bottleneck from 'bottleneck'
import { pause } from '@insights/runtime/pause'
import type { BrokerClock } from './broker-clock.ts'
import { chooseSlot, countOwnSlots, isSlotOpen, LATE_MS, type Membership } from './choose-slot.ts'
import type { Generation } from './follow-generation.ts'
import type { Urgency } from '../work/urgency.ts'
import type { SlotPlan } from '@insights/pipeline/estimate/plan-slots'

/** A slot of ours that has not gone by. */
export interface Slot {
  slot: number
  /** How long until it begins; below 0 when it has begun. */
  inMs: number
  generation: Generation
}

export interface Pacer {
  /**
   * Our first slot that begins in `inMs` or later and that `admits` lets pass; null while no slot may be used at all.
   */
  next(inMs: number, admits: (slot: number, startsAt: number) => boolean): Slot | null
  /** Why no slot may be used, in words; null when they may. */
  silence(): string | null
  /** Whether the slot cannot be used any more. */
  isOver(slot: Slot): boolean
  /** Resolves when the slot begins; at once when it cannot be used any more. */
  untilOpen(slot: Slot): Promise<void>
  /** Whether a request may leave in this slot now: asked at the very last moment. */
  isOpen(slot: Slot): boolean
  /**
   * Gives `slot` out: from then on only later ones are ours. Runs `begin` when the guard on spacing and `maxConcurrent`
   * let it; more urgent ones first, should several wait. It stays in until the promise of `begin` resolves.
   */
  enter(slot: Slot, urgency: Urgency, begin: () => Promise<void>): Promise<void>
  setMaxConcurrent(limit: number): void
  /** Slots of ours that have gone by since this was last asked. */
  countSlots(): { used: number; idle: number }
}

/**
 * The cap on calls, exact over all analyzers: time on the broker's clock is cut into slots, and only the owner of a
 * slot's partition calls in it (choose-slot.ts). Here the parts meet: membership, lease and clock say which slots are
 * ours; they are checked first when the timer fires, and last right before the request is written to its connection.
 *
 * Bottleneck bounds what runs at once, lets the urgent first, and is the second guard on spacing: should the slots ever
 * be wrong, this process alone still keeps to the cap. Its job is a slot with all its calls, because starting one takes
 * it about 4 ms, however idle it is. Its `reservoir` lets a double burst through and its `failed`-event retry goes
 * around the spacing, so neither is used.
 */
export function createPacer({
  plan,
  generation,
  aliveUntil,
  clock,
  monotonic,
  wallClock,
  maxConcurrent,
}: {
  plan: SlotPlan
  /** Null while there is none in force. */
  generation: () => Generation | null
  /** Monotonic ms until which no other member can own its partitions. */
  aliveUntil: () => number
  clock: Pick<BrokerClock, 'now' | 'fault' | 'steps'>
  monotonic: () => number
  /** Epoch ms, as the process has it. */
  wallClock: () => number
  maxConcurrent: number
}): Pacer {
  const perSlot = plan.callsPerSlot
  const slotsOf = (calls: number) => Math.ceil((calls / perSlot) * (perSlot > 1 ? SLOWEST_OF_MANY : 1))
  // Slots are 5 % longer than the cap asks for; the guard leaves that much for timers that fire late.
  const minTime = plan.slotMs / 1.05
  const createLimiter = () => new Bottleneck({ minTime, maxConcurrent: slotsOf(limit) })
  let limit = maxConcurrent
  let limiter = createLimiter()
  let wallTime = wallClock()
  let lastSlot: { slot: number; steps: number } | null = null
  /** When the last slot began as the guard saw it, monotonic ms. */
  let beganAt = -Infinity
  let used = 0
  /** Up to which slot, exclusive, slots are counted. */
  let counted: { slot: number; generation: Generation; steps: number } | null = null

  /**
   * The broker's time and ours in it, or why no slot may be used, in words. A member that owns all partitions needs no
   * settling time: no other member uses slots.
   */
  function observe(): Seen | string {
    const at = monotonic()
    const current = generation()
    if (current === null) return 'the group rebalances, or this process is not in it'
    if (current.partitionCount === 0) return "the group's leader does not say how many partitions there are"
    if (at >= aliveUntil()) return 'no heartbeat was answered lately'
    const alone = isAlone(current, at)
    const now = clock.now(at, { alone })
    if (now === null) return `the broker's clock is ${clock.fault(at, { alone })}`
    const { partitions, partitionCount, joinedAt } = current
    const since = now - (at - joinedAt)
    return { now, generation: current, alone, membership: { partitions, partitionCount, since } }
  }

  /** The same, unless the slot was given out in another generation. */
  function observeFor({ generation: given }: Slot): Seen | null {
    const seen = observe()
    return typeof seen === 'string' || seen.generation !== given ? null : seen
  }

  /** Bottleneck goes by the wall clock: stepped back by an hour, it would let nothing go for an hour. */
  function mindStepBack(): void {
    const before = wallTime
    wallTime = wallClock()
    if (wallTime < before) limiter = createLimiter()
  }

  /**
   * The guard lets the next slot begin `minTime` after the last one. One that began late would make all that follow
   * late, for they make up only 5 % of a slot each time: those that begin in less than this many ms are let go, and the
   * next is in time.
   */
  function tooLateForMs(seen: Seen): number {
    const guardedMs = beganAt + minTime - monotonic()
    return guardedMs - (lateMsOf(seen) - MAKING_MS * perSlot)
  }

  return {
    silence: () => {
      const seen = observe()
      return typeof seen === 'string' ? seen : null
    },
    next: (inMs, admits) => {
      const seen = observe()
      if (typeof seen === 'string') return null
      const { now, membership } = seen
      let notBefore = Math.max(inMs > 0 ? now + inMs : 0, now + tooLateForMs(seen))
      let last = lastSlot?.steps === clock.steps() ? lastSlot.slot : null
      for (let looked = 0; looked < LOOK_AHEAD; looked++) {
        const found = chooseSlot({ now, notBefore, membership, lastSlot: last, plan })
        if (found === null) return null
        if (admits(found.slot, found.startsAt))
          return { slot: found.slot, inMs: found.startsAt - now, generation: seen.generation }
        last = found.slot
        notBefore = 0
      }
      return null
    },
    untilOpen: async ({ slot }) => {
      // A timer may fire a little early, and the estimate of the broker's clock moves a little meanwhile.
      for (;;) {
        const seen = observe()
        const earlyMs = typeof seen === 'string' ? 0 : slot * plan.slotMs - seen.now
        // One that is far away is of a time before a step of the broker's clock.
        if (earlyMs <= 0 || earlyMs > FAR_MS) return
        await pause(earlyMs)
      }
    },
    isOver: (slot) => {
      const seen = observeFor(slot)
      return seen === null || seen.now - slot.slot * plan.slotMs > lateMsOf(seen)
    },
    isOpen: (slot) => {
      const seen = observeFor(slot)
      return seen !== null && isSlotOpen({ ...seen, slot: slot.slot, plan, lateMs: lateMsOf(seen) })
    },
    enter: (slot, urgency, begin) => {
      lastSlot = { slot: slot.slot, steps: clock.steps() }
      used++
      mindStepBack()
      return limiter.schedule({ priority: PRIORITY[urgency] }, () => {
        beganAt = monotonic()
        return begin()
      })
    },
    setMaxConcurrent: (next) => {
      if (next === limit) return
      limit = next
      void limiter.updateSettings({ maxConcurrent: slotsOf(next) })
    },
    countSlots: () => {
      const observed = observe()
      const seen = typeof observed === 'string' ? null : observed
      const before = counted
      const steps = clock.steps()
      counted = seen && { slot: Math.floor(seen.now / plan.slotMs), generation: seen.generation, steps }
      const isSame = seen !== null && before?.generation === seen.generation && before.steps === steps
      const own = isSame ? countOwnSlots({ from: before.slot, to: counted?.slot ?? 0, membership: seen.membership }) : 0
      const result = { used, idle: Math.max(0, own - used) }
      used = 0
      return result
    },
  }
}

interface Seen {
  /** Broker time, ms. */
  now: number
  generation: Generation
  membership: Membership
  alone: boolean
}

const lateMsOf = ({ alone }: Seen): number => (alone ? LATE_ALONE_MS : LATE_MS)

/** Whether every call of the last second was ours. */
const isAlone = ({ partitions, partitionCount, joinedAt }: Generation, at: number): boolean =>
  partitions.size === partitionCount && at - joinedAt > ALONE_AFTER_MS

/**
 * How late a call may leave when all slots are ours. Of the 50 ms that a slot has to spare, two clocks may take 30; one
 * clock alone takes none.
 */
const LATE_ALONE_MS = 30
const ALONE_AFTER_MS = 1_050
/** About what it takes to make and write a request. */
const MAKING_MS = 1
/** No call waits so long for a slot that is chosen already. */
const FAR_MS = 1_000
/** Slots tried for one that the ramp-up admits; it admits every fourth at least. */
const LOOK_AHEAD = 64
/**
 * A slot of several calls is over when its slowest is, which takes longer than the calls that `maxConcurrent` is made
 * for.
 */
const SLOWEST_OF_MANY = 2
/** Bottleneck: 0 goes first, 5 is its default. */
const PRIORITY: Record<Urgency, number> = { again: 3, live: 5, bulk: 7 }
