import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { BrokerClock } from './broker-clock.ts'
import { chooseSlot, isSlotOpen, LATE_MS, type Membership } from './choose-slot.ts'
import { planSlots } from '@insights/pipeline/estimate/plan-slots'
import { rules, simulate, type Rules, type Scenario } from './simulate-slots.fixture.ts'

const often = { join: 30, leave: 40, kill: 60, stop: 20, cut: 40, grow: 200, step: 120 }
const base: Scenario = { seed: 1, ratePerSecond: 10, seconds: 3_600, members: 5, partitions: 12 }

describe('(I3) whatever happens to the group, no rolling second at the receiver holds more than the cap', () => {
  test('half an hour of joins, leaves, kills, stops, cuts, growth and steps, in any mixture', () => {
    const mean = fc.option(fc.integer({ min: 8, max: 300 }), { nil: 1e9 })
    const troubles = fc.record({ join: mean, leave: mean, kill: mean, stop: mean, cut: mean, grow: mean, step: mean })
    const scenario = fc.record({
      seed: fc.integer(),
      ratePerSecond: fc.constantFrom(0.5, 2.5, 5, 10, 10, 20),
      seconds: fc.constant(1_800),
      members: fc.integer({ min: 1, max: 16 }),
      partitions: fc.integer({ min: 1, max: 24 }),
      troubles,
      network: fc.constantFrom('near', 'far', 'slow'),
    })
    fc.assert(
      fc.property(scenario, (s) => {
        expect(simulate(s).closestMs).toBeGreaterThanOrEqual(1_000)
      }),
      { numRuns: 12 },
    )
  })

  test.each([0.2, 0.7, 1, 1.9, 3, 52, 53, 107, 500, 1_000])('at a cap of %d/s', (ratePerSecond) => {
    for (const network of ['near', 'far', 'slow'] as const) {
      const seconds = ratePerSecond < 3 ? 1_200 : 120
      const { closestMs, calls } = simulate({ ...base, ratePerSecond, seconds, network, troubles: often })
      expect(closestMs).toBeGreaterThanOrEqual(1_000)
      expect(calls).toBeGreaterThan(50)
    }
  })
})

describe('in a steady state the whole cap is used', () => {
  test.each([1, 2, 3, 8, 16])('of the cap at least 94 in 100, with %d members', (members) => {
    expect(simulate({ ...base, members }).share).toBeGreaterThanOrEqual(0.94)
  })

  test.each([1, 5, 7, 24])('of the cap at least 94 in 100, with %d partitions', (partitions) => {
    expect(simulate({ ...base, partitions }).share).toBeGreaterThanOrEqual(0.94)
  })

  test.each([0.2, 1, 2.5, 53, 500, 1_000])('at a cap of %d/s: all of what the cut of time allows', (ratePerSecond) => {
    const { slotMs, callsPerSlot } = planSlots(ratePerSecond)
    const cap = Math.max(1, Math.floor(ratePerSecond))
    const { share } = simulate({ ...base, ratePerSecond, seconds: ratePerSecond < 10 ? 7_200 : 120 })
    expect(share / ((callsPerSlot * 1_000) / slotMs / cap)).toBeGreaterThanOrEqual(0.99)
  })
})

/**
 * Each rule, left out, breaks the cap: the simulation can fail, and no rule is there for nothing. The seeds are fixed,
 * and the search ends with the first overshoot.
 */
describe('(I3) without a rule the cap is broken', () => {
  const sinceEver = (membership: Membership | null) => membership && { ...membership, since: -1e15 }
  const sinceEarlier = (membership: Membership | null) => membership && { ...membership, since: membership.since - 30 }
  const chooseAs = (change: typeof sinceEver): Partial<Rules> => ({
    choose: (q) => chooseSlot({ ...q, membership: change(q.membership) }),
    isOpen: (q) => isSlotOpen({ ...q, membership: change(q.membership) }),
  })

  const leftOut: [string, Partial<Rules>, Partial<Scenario>][] = [
    ['the lease', { hasLease: () => true }, { troubles: { stop: 20, cut: 20 } }],
    [
      'renewing the lease from when the heartbeat was sent',
      { heardAt: ({ receivedAt }) => receivedAt },
      { troubles: { stop: 10 }, partitions: 3, network: 'slow' },
    ],
    [
      'silence while rejoining',
      { whileRejoining: (assignment) => assignment },
      { troubles: { join: 20, kill: 20 }, network: 'slow' },
    ],
    ['leaving slots alone that began before the join', chooseAs(sinceEver), { troubles: { join: 10, leave: 10 } }],
    ['allowing for two clocks there', chooseAs(sinceEarlier), { troubles: { join: 10, leave: 10 }, network: 'far' }],
    ['never using a slot twice', { choose: (q) => chooseSlot({ ...q, lastSlot: null }) }, { members: 1, seconds: 60 }],
    [
      'skipping slots that are reached late',
      {
        choose: ({ membership, lastSlot, now, plan, ...q }) =>
          chooseSlot({ ...q, membership, lastSlot, plan, now: Math.min(now, ((lastSlot ?? 1e15) + 1) * plan.slotMs) }),
        isOpen: (q) => isSlotOpen({ ...q, lateMs: 1e15 }),
      },
      { troubles: { stop: 20 }, members: 1 },
    ],
    [
      'asking again at the last moment',
      { isOpen: ({ now, membership }) => now !== null && membership !== null },
      { troubles: { stop: 20 } },
    ],
    [
      'one count of partitions for the whole generation',
      { partitionCount: ({ seen }) => seen },
      { troubles: { grow: 60, join: 60 } },
    ],
    [
      'settling after a step of the broker’s clock',
      { createClock: () => createHastyClock({ afterStepMs: 0, atStartMs: 15_000 }) },
      { troubles: { step: 60 } },
    ],
    [
      'settling at the start',
      { createClock: () => createHastyClock({ afterStepMs: 15_000, atStartMs: 0 }) },
      { troubles: { step: 40, join: 20, leave: 20 } },
    ],
    [
      'giving up a time that is not confirmed',
      { createClock: () => createHastyClock({ afterStepMs: 15_000, atStartMs: 15_000 }) },
      { troubles: { step: 40, cut: 20 } },
    ],
  ]

  test.each(leftOut)('%s', (_, change, scenario) => {
    const mutant = { ...rules, ...change }
    const broken: Scenario = { ...base, seconds: 1_200, ...scenario }
    let seed = 1
    while (seed <= 200 && simulate({ ...broken, seed }, mutant).closestMs >= 1_000) seed++
    expect(seed).toBeLessThanOrEqual(200)
    expect(simulate({ ...broken, seed }).closestMs).toBeGreaterThanOrEqual(1_000)
  })
})

/** Believes its newest fast sample, for ever, and is silent only as long as it is told to be. */
function createHastyClock({ afterStepMs, atStartMs }: { afterStepMs: number; atStartMs: number }): BrokerClock {
  let offset: number | null = null
  let settledAt = 0
  let steps = 0
  const fault = (monotonic: number) => (offset === null ? 'unknown' : monotonic < settledAt ? 'settling' : null)
  return {
    sample: ({ sentAt, receivedAt, appendTime }) => {
      if (receivedAt - sentAt > 10) return
      const next = appendTime + 0.5 - (sentAt + receivedAt) / 2
      if (offset === null) settledAt = receivedAt + atStartMs
      else if (Math.abs(next - offset) > LATE_MS) {
        settledAt = receivedAt + afterStepMs
        steps++
      }
      offset = next
    },
    now: (monotonic) => (offset === null || fault(monotonic) !== null ? null : monotonic + offset),
    fault,
    estimate: () => null,
    errorMs: () => LATE_MS / 2,
    confirmedAt: () => 0,
    steps: () => steps,
  }
}
