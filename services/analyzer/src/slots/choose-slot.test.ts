import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_CLOCK_ERROR_MS } from './broker-clock.ts'
import { chooseSlot, countOwnSlots, isSlotOpen, LATE_MS, type Membership } from './choose-slot.ts'
import { planSlots, type SlotPlan } from '@insights/pipeline/estimate/plan-slots'

const plan = planSlots(10)
const START = 17_000_000_000 * 105 // slot 17,000,000,000 = 8 mod 12
const member = (partitions: number[], more: Partial<Membership> = {}): Membership => ({
  partitions: new Set(partitions),
  partitionCount: 12,
  since: 0,
  ...more,
})
const all = member([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
const choose = (q: Partial<Parameters<typeof chooseSlot>[0]>) =>
  chooseSlot({ now: START, notBefore: 0, membership: all, lastSlot: null, plan, ...q })

describe('which slot is next', () => {
  test('one that begins now is used at once, and so is one that began up to 12 ms ago', () => {
    for (const late of [0, 1, LATE_MS]) expect(choose({ now: START + late })?.startsAt).toBe(START)
  })

  test('(I3) a slot reached later than that is skipped, never made up for', () => {
    expect(choose({ now: START + LATE_MS + 0.001 })?.startsAt).toBe(START + 105)
    expect(choose({ now: START + 100 * 105, lastSlot: 17_000_000_000 })?.startsAt).toBe(START + 100 * 105)
  })

  test('(I3) no slot is used twice', () => {
    expect(choose({ now: START + 1, lastSlot: 17_000_000_000 })?.startsAt).toBe(START + 105)
  })

  test('slot k belongs to the owner of partition k mod partitions, and a foreign one is waited out', () => {
    expect(choose({ membership: member([8]) })?.startsAt).toBe(START)
    expect(choose({ membership: member([7]) })?.startsAt).toBe(START + 11 * 105)
    expect(choose({ membership: member([9, 7]) })?.startsAt).toBe(START + 105)
  })

  test('a member that owns nothing, or is rejoining, has no slot', () => {
    expect(choose({ membership: member([]) })).toBeNull()
    expect(choose({ membership: null })).toBeNull()
  })

  test('a partition beyond what the leader counted has no slots yet', () => {
    expect(choose({ membership: member([12, 30]) })).toBeNull()
  })

  test('(I3) a slot that another clock may have put before the join is left alone', () => {
    const margin = 2 * MAX_CLOCK_ERROR_MS
    expect(choose({ membership: { ...all, since: START - margin } })?.startsAt).toBe(START)
    expect(choose({ membership: { ...all, since: START - margin + 0.001 } })?.startsAt).toBe(START + 105)
  })

  test('none begins before notBefore', () => {
    expect(choose({ notBefore: START + 1 })?.startsAt).toBe(START + 105)
    expect(choose({ notBefore: START + 105 })?.startsAt).toBe(START + 105)
  })
})

describe('whether a call may still leave', () => {
  const isOpen = (q: Partial<Parameters<typeof isSlotOpen>[0]>) =>
    isSlotOpen({ now: START, slot: 17_000_000_000, membership: all, plan, ...q })

  test('not early, not late', () => {
    expect([-0.001, 0, LATE_MS, LATE_MS + 0.001].map((d) => isOpen({ now: START + d }))).toEqual([
      false,
      true,
      true,
      false,
    ])
    expect(isOpen({ now: START + 6, lateMs: 5 })).toBe(false)
  })

  test('(I3) not when the time is unknown, while rejoining, when the slot moved, or came before the new generation', () => {
    expect(isOpen({ now: null })).toBe(false)
    expect(isOpen({ membership: null })).toBe(false)
    expect(isOpen({ membership: member([7]) })).toBe(false)
    expect(isOpen({ membership: { ...all, since: START } })).toBe(false)
  })
})

/** Any split of the partitions over members, some of whom get none. */
const anyGroup = fc.array(fc.nat({ max: 15 }), { minLength: 1, maxLength: 24 }).map((owners) =>
  Array.from({ length: 16 }, (_, m) =>
    member(
      owners.flatMap((owner, partition) => (owner === m ? [partition] : [])),
      { partitionCount: owners.length },
    ),
  ),
)
const anyRate = fc.double({ min: 0.2, max: 1_000, noNaN: true })
const anyTime = fc.double({ min: 1.7e12, max: 1.9e12, noNaN: true })

/** What the member chooses from slot `from` up to, without, slot `to`, one after the other. */
function slotsOf(membership: Membership, cut: SlotPlan, from: number, to: number) {
  const chosen: { slot: number; startsAt: number; membership: Membership }[] = []
  const now = from * cut.slotMs
  for (let lastSlot = from - 1; ;) {
    const next = chooseSlot({ now, notBefore: 0, membership, lastSlot, plan: cut })
    if (next === null || next.slot >= to) return chosen
    chosen.push({ ...next, membership })
    lastSlot = next.slot
  }
}

test('(I3) at any rate and time, every slot is chosen by exactly one member, and each finds its first', () => {
  fc.assert(
    fc.property(anyGroup, anyRate, anyTime, (group, rate, now) => {
      const cut = planSlots(rate)
      const begin = Math.ceil(now / cut.slotMs)
      const chosen = group.flatMap((membership) => slotsOf(membership, cut, begin, begin + 60))
      expect(chosen.map(({ slot }) => slot).toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: 60 }, (_, i) => begin + i),
      )
      expect(chosen.every(({ slot, startsAt }) => startsAt === slot * cut.slotMs)).toBe(true)
      for (const { slot, startsAt, membership } of chosen)
        expect(isSlotOpen({ now: startsAt, slot, membership, plan: cut })).toBe(true)
    }),
    { numRuns: 60 },
  )
})

test('the slot chosen is never later than LATE_MS, and the one before it would have been', () => {
  fc.assert(
    fc.property(anyRate, anyTime, (rate, now) => {
      const cut = planSlots(rate)
      const next = chooseSlot({ now, notBefore: 0, membership: all, lastSlot: null, plan: cut })
      expect(next?.startsAt).toBeGreaterThanOrEqual(now - LATE_MS)
      expect(((next?.slot ?? 0) - 1) * cut.slotMs).toBeLessThan(now - LATE_MS)
    }),
  )
})

test('own slots are counted as one would by looking at each', () => {
  fc.assert(
    fc.property(anyGroup, fc.nat({ max: 200 }), fc.nat({ max: 200 }), ([membership], from, length) => {
      const { partitions, partitionCount } = membership as Membership
      const slots = Array.from({ length }, (_, i) => from + i).filter((slot) => partitions.has(slot % partitionCount))
      expect(countOwnSlots({ from, to: from + length, membership: membership as Membership })).toBe(slots.length)
    }),
  )
  expect(countOwnSlots({ from: 5, to: 4, membership: all })).toBe(0)
})
