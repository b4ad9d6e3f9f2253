import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import fc from 'fast-check'
import { type BrokerClock, createBrokerClock, MAX_CLOCK_ERROR_MS } from './broker-clock.ts'
import { LATE_MS } from './choose-slot.ts'
import type { Urgency } from '../work/urgency.ts'
import type { Generation } from './follow-generation.ts'
import { createPacer, type Slot } from './pace-calls.ts'
import { planSlots } from '@insights/pipeline/estimate/plan-slots'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const EPOCH = 1_764_000_000_000
const always = () => true
const nothing = () => Promise.resolve()
const all = (count: number) => new Set(Array.from({ length: count }, (_, i) => i))

/** Broker time is monotonic time plus EPOCH, as long as the test leaves the clock alone. */
function create({ rate = 10, maxConcurrent = 48, clock = undefined as BrokerClock | undefined } = {}) {
  const set = {
    generation: { partitions: all(4), partitionCount: 4, joinedAt: -1e6 } as Generation | null,
    aliveUntil: Infinity,
    offset: EPOCH as number | null,
    aloneOnly: false,
    steps: 0,
  }
  const start = performance.now()
  const monotonic = () => performance.now() - start
  const plan = planSlots(rate)
  const fault = (_: number, { alone } = { alone: false }) => {
    if (set.offset === null) return 'unknown'
    return set.aloneOnly && !alone ? 'settling' : null
  }
  const simple = {
    now: (at: number, group?: { alone: boolean }) => (fault(at, group) === null ? (set.offset ?? 0) + at : null),
    fault,
    steps: () => set.steps,
  } as const
  const pacer = createPacer({
    plan,
    generation: () => set.generation,
    aliveUntil: () => set.aliveUntil,
    clock: clock ?? simple,
    monotonic,
    wallClock: () => Date.now(),
    maxConcurrent,
  })
  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)
  const next = (inMs = 0): Slot => {
    const slot = pacer.next(inMs, always)
    if (slot === null) throw new Error('no slot')
    return slot
  }
  /** Waits for the next slot; it is open then. */
  const reach = async () => {
    const slot = next()
    await pass(Math.max(0, Math.ceil(slot.inMs)))
    return slot
  }
  return { set, pacer, plan, monotonic, pass, next, reach }
}

describe('which slots are ours', () => {
  test('(I3) a slot is given out once', async () => {
    const { pacer, reach, next } = create()
    const seen: number[] = []
    for (let n = 0; n < 5; n++) {
      const slot = await reach()
      expect(next().slot).toBe(slot.slot)
      void pacer.enter(slot, 'live', nothing)
      seen.push(slot.slot)
    }
    expect(seen).toEqual(Array.from({ length: 5 }, (_, i) => (seen[0] ?? 0) + i))
  })

  test('(I3) only those of our partitions, by the count that the leader told', () => {
    const { set, next, plan } = create()
    set.generation = { partitions: new Set([2]), partitionCount: 4, joinedAt: -1e6 }
    const slot = next()
    expect(slot.slot % 4).toBe(2)
    expect(slot.inMs).toBeLessThan(4 * plan.slotMs)
  })

  test('the first one that begins late enough, and that the cool-down admits', () => {
    const { pacer, next, plan } = create()
    const first = next()
    expect(next(1_000).inMs).toBeGreaterThanOrEqual(1_000)
    expect(next(1_000).inMs).toBeLessThan(1_000 + plan.slotMs)
    const asked: number[] = []
    const third = pacer.next(0, (slot, startsAt) => {
      expect(startsAt).toBe(slot * plan.slotMs)
      asked.push(slot)
      return slot === first.slot + 2
    })
    expect([third?.slot, asked.length]).toEqual([first.slot + 2, 3])
  })

  test('hazard: a slot of many calls that began late makes those after it late, one after the other: one is let go instead', async () => {
    const { pacer, plan, pass, reach, next } = create({ rate: 500 })
    const begin = async (lateMs: number) => {
      const slot = await reach()
      await pass(lateMs)
      void pacer.enter(slot, 'live', nothing)
      await pass(5)
      return slot.slot
    }
    const inTime = await begin(0)
    expect(next().slot).toBe(inTime + 1)
    const late = await begin(22)
    expect([next().slot, plan.callsPerSlot]).toEqual([late + 2, 20])
  })

  test('while the cool-down admits none, there is none, and the search ends', () => {
    let asked = 0
    expect(create().pacer.next(0, () => (asked++, false))).toBeNull()
    expect(asked).toBeLessThan(100)
  })

  test('(I3) not the first after a join: a clock that was ahead may have used it', () => {
    const { set, next } = create()
    set.generation = { partitions: all(4), partitionCount: 4, joinedAt: 0 }
    expect(next().inMs).toBeGreaterThanOrEqual(2 * MAX_CLOCK_ERROR_MS)
  })

  test('after a step of the broker’s clock, numbers from before mean nothing', async () => {
    const { set, pacer, reach, next } = create()
    const slot = await reach()
    void pacer.enter(slot, 'live', nothing)
    set.offset = EPOCH - 3_600_000
    expect(pacer.next(0, always)?.inMs).toBeGreaterThan(3_000_000)
    set.steps = 1
    expect(next().inMs).toBeLessThan(200)
  })
})

describe('silence', () => {
  test.each([
    ['no generation', { generation: null }, 'the group rebalances, or this process is not in it'],
    ['the lease may be over', { aliveUntil: 0 }, 'no heartbeat was answered lately'],
    ['the clock is not known', { offset: null }, "the broker's clock is unknown"],
    [
      'the leader does not say how many partitions there are',
      { generation: { partitions: new Set([0]), partitionCount: 0, joinedAt: -1e6 } },
      "the group's leader does not say how many partitions there are",
    ],
  ])('(I3) %s: no slot, no leaving', async (_, change, reason) => {
    const { set, pacer, reach } = create()
    const slot = await reach()
    expect([pacer.isOpen(slot), pacer.silence()]).toEqual([true, null])
    Object.assign(set, change)
    expect([pacer.isOpen(slot), pacer.next(0, always), pacer.silence()]).toEqual([false, null, reason])
  })

  test('(I3) while the clock settles: silent beside others, not alone', async () => {
    const { set, pacer, reach } = create()
    set.aloneOnly = true
    expect(pacer.silence()).toBeNull()
    expect(pacer.isOpen(await reach())).toBe(true)
    set.generation = { partitions: new Set([0, 1, 2]), partitionCount: 4, joinedAt: -1e6 }
    expect([pacer.next(0, always), pacer.silence()]).toEqual([null, "the broker's clock is settling"])
  })

  test('with the real clock: unknown at first, and alone used at the first good sample', async () => {
    const clock = createBrokerClock({ settleMs: 7_000 })
    const { set, pacer, monotonic, pass } = create({ clock })
    expect([pacer.next(0, always), pacer.silence()]).toEqual([null, "the broker's clock is unknown"])
    await pass(10)
    clock.sample({ sentAt: monotonic() - 4, receivedAt: monotonic(), appendTime: EPOCH })
    expect([pacer.silence(), pacer.next(0, always)?.slot]).toEqual([null, expect.any(Number)])
    set.generation = { partitions: new Set([1]), partitionCount: 4, joinedAt: -1e6 }
    expect(pacer.silence()).toBe("the broker's clock is settling")
  })
})

describe('(I3) the last look', () => {
  test('a slot is open from its beginning, and not for long', async () => {
    const { pacer, next, pass } = create()
    await pass(50)
    const slot = next()
    expect(slot.inMs).toBeGreaterThan(1)
    expect(pacer.isOpen(slot)).toBe(false)
    await pass(Math.ceil(slot.inMs))
    expect(pacer.isOpen(slot)).toBe(true)
    await pass(LATE_MS - 1)
    expect(pacer.isOpen(slot)).toBe(true)
    await pass(30)
    expect(pacer.isOpen(slot)).toBe(false)
  })

  test('beside others it is over as soon as it would be too late to choose it', async () => {
    const { set, pacer, next, pass } = create()
    set.generation = { partitions: new Set([0, 1, 2]), partitionCount: 4, joinedAt: -1e6 }
    await pass(50)
    const slot = next()
    await pass(Math.ceil(slot.inMs) + LATE_MS - 1)
    expect(pacer.isOpen(slot)).toBe(true)
    await pass(2)
    expect(pacer.isOpen(slot)).toBe(false)
  })

  test('a slot of the generation before is not open, also when its partition is ours again', async () => {
    const { set, pacer, reach } = create()
    const slot = await reach()
    set.generation = { partitions: all(4), partitionCount: 4, joinedAt: -1e6 }
    expect(pacer.isOpen(slot)).toBe(false)
  })
})

describe('(I3) the second guard', () => {
  test('should slots ever come too close, this process alone still keeps to the cap', async () => {
    const { pacer, plan, next, monotonic, pass } = create({ rate: 20 })
    const slot = next()
    const begun: number[] = []
    for (let n = 0; n < 20; n++)
      void pacer.enter({ ...slot, slot: slot.slot + n }, 'live', async () => void begun.push(monotonic()))
    await pass(2_000)
    const gaps = begun.slice(1).map((at, i) => at - (begun[i] ?? 0))
    expect(begun).toHaveLength(20)
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(plan.slotMs / 1.05 - 1)
  })

  test('slots in their order pass it at once', async () => {
    const { pacer, reach, monotonic, pass } = create({ rate: 10 })
    for (let n = 0; n < 10; n++) {
      const slot = await reach()
      const at = monotonic()
      let begunAt = NaN
      void pacer.enter(slot, 'live', async () => void (begunAt = monotonic()))
      await pass(3)
      expect(begunAt - at).toBeLessThanOrEqual(2)
    }
  })

  test('what a slot’s calls end in comes back to the caller and holds up no other', async () => {
    const { pacer, next, pass } = create({ maxConcurrent: 1 })
    const results = Promise.allSettled([
      pacer.enter(next(), 'live', () => Promise.reject(new Error('broken'))),
      pacer.enter(next(), 'live', nothing),
    ])
    await pass(500)
    expect((await results).map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
  })

  test('a wall clock that is stepped back by an hour does not stop the calls for an hour', async () => {
    const { pacer, reach, pass } = create()
    let begun = 0
    const enter = async () => {
      void pacer.enter(await reach(), 'live', async () => void begun++)
      await pass(5)
    }
    await enter()
    vi.setSystemTime(Date.now() - 3_600_000)
    await enter()
    expect(begun).toBe(2)
  })
})

describe('what runs at once', () => {
  /** Enters slots whose calls end when the test says so. */
  function createCalls({ pacer, next, pass }: ReturnType<typeof create>) {
    const running: { urgency: string; end(): Promise<void> }[] = []
    const enter = (urgency: Urgency) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      const end = () => (resolve(), pass(200).then(() => undefined))
      void pacer.enter(next(), urgency, () => (running.push({ urgency, end }), promise))
    }
    return { running, enter }
  }
  const urgencies = (running: { urgency: string }[]) => running.map(({ urgency }) => urgency)

  test('no more slots than maxConcurrent calls fill, the more urgent first; the bound can be moved', async () => {
    const world = create({ maxConcurrent: 1 })
    const { running, enter } = createCalls(world)
    enter('bulk')
    await world.pass(200)
    for (const urgency of ['bulk', 'live', 'again'] as const) enter(urgency)
    await world.pass(200)
    expect(urgencies(running)).toEqual(['bulk'])
    await running[0]?.end()
    expect(urgencies(running)).toEqual(['bulk', 'again'])
    world.pacer.setMaxConcurrent(3)
    await world.pass(300)
    expect(urgencies(running)).toEqual(['bulk', 'again', 'live', 'bulk'])
  })
})

describe('waiting for a slot', () => {
  test('it ends when the slot begins, also when the estimate of the clock moved meanwhile', async () => {
    const { set, pacer, next, pass } = create()
    await pass(50)
    const slot = next()
    let isOpen = false
    void pacer.untilOpen(slot).then(() => (isOpen = true))
    set.offset = EPOCH - 1
    await pass(Math.ceil(slot.inMs))
    expect(isOpen).toBe(false)
    await pass(2)
    expect([isOpen, pacer.isOpen(slot), vi.getTimerCount()]).toEqual([true, true, 0])
  })

  test('it ends at once for a slot that has begun, and while nothing may leave', async () => {
    const { set, pacer, next, reach } = create()
    await pacer.untilOpen(await reach())
    const slot = next(50)
    set.generation = null
    await pacer.untilOpen(slot)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('it ends for a slot that a step of the broker’s clock has put an hour away, or its call would hang that long', async () => {
    const { set, pacer, next } = create()
    const slot = next(50)
    set.offset = EPOCH - 3_600_000
    set.steps++
    await pacer.untilOpen(slot)
    expect(pacer.isOpen(slot)).toBe(false)
  })
})

describe('counting slots', () => {
  test('those used and those of ours that went by', async () => {
    const { pacer, reach, pass, plan } = create()
    expect(pacer.countSlots()).toEqual({ used: 0, idle: 0 })
    for (let n = 0; n < 3; n++) void pacer.enter(await reach(), 'live', nothing)
    await pass(Math.ceil(10 * plan.slotMs))
    const { used, idle } = pacer.countSlots()
    expect(used).toBe(3)
    expect(Math.abs(used + idle - 12)).toBeLessThanOrEqual(1)
    expect(pacer.countSlots()).toEqual({ used: 0, idle: 0 })
  })

  test('nothing is made up over a rebalance, a step of the clock or a silence', async () => {
    const { set, pacer, pass } = create()
    pacer.countSlots()
    await pass(5_000)
    set.generation = { partitions: all(4), partitionCount: 4, joinedAt: -1e6 }
    expect(pacer.countSlots()).toEqual({ used: 0, idle: 0 })
    await pass(1_000)
    set.steps++
    expect(pacer.countSlots()).toEqual({ used: 0, idle: 0 })
    await pass(1_000)
    set.offset = null
    expect(pacer.countSlots()).toEqual({ used: 0, idle: 0 })
    set.offset = EPOCH
    expect(pacer.countSlots()).toEqual({ used: 0, idle: 0 })
    await pass(1_050)
    expect(pacer.countSlots().idle).toBe(10)
  })
})

test('(I3) whatever a process does, in no rolling second does it enter more slots than the cap allows', async () => {
  const lateness = fc.array(fc.oneof(fc.nat(3), fc.nat(40), fc.nat(400)), { minLength: 30, maxLength: 30 })
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 2, max: 50 }), lateness, async (rate, late) => {
      const { pacer, next, pass, monotonic, plan } = create({ rate })
      const left: number[] = []
      for (const ms of late) {
        const slot = next()
        await pass(Math.max(0, Math.ceil(slot.inMs)) + ms)
        const entering = pacer.enter(slot, 'live', async () => {
          if (pacer.isOpen(slot)) for (let n = 0; n < plan.callsPerSlot; n++) left.push(monotonic())
        })
        await pass(0)
        if (ms % 2 === 0) await Promise.race([entering, pass(Math.ceil(plan.slotMs))])
      }
      await pass(5_000)
      left.forEach((at, i) => expect(left[i + rate] ?? Infinity).toBeGreaterThan(at + 1_000))
    }),
    { numRuns: 40 },
  )
})
