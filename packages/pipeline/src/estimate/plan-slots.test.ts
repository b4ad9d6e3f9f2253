import fc from 'fast-check'
import { expect, test } from 'vitest'
import { planSlots } from './plan-slots.ts'

const mostInASecond = (ratePerSecond: number) => Math.max(1, Math.floor(ratePerSecond))
const anyRate = fc.oneof(
  fc.double({ min: 0.2, max: 1, noNaN: true }),
  fc.double({ min: 1, max: 60, noNaN: true }),
  fc.double({ min: 60, max: 1_000, noNaN: true }),
)
const wholeRates = Array.from({ length: 1_000 }, (_, i) => i + 1)

/** The shortest time that one call more than the cap takes, with every slot used at its start. */
function shortestSpan(ratePerSecond: number): number {
  const { slotMs, callsPerSlot } = planSlots(ratePerSecond)
  return Math.floor(mostInASecond(ratePerSecond) / callsPerSlot) * slotMs
}

test('(I3) with every slot used, one call more than the cap takes at least 1050 ms', () => {
  for (const rate of wholeRates) expect(shortestSpan(rate)).toBeGreaterThanOrEqual(1_050 - 1e-9)
  fc.assert(fc.property(anyRate, (rate) => shortestSpan(rate) >= 1_050 - 1e-9))
})

test('(I3) no rolling second of the ideal schedule holds more than the cap', () => {
  fc.assert(
    fc.property(anyRate, (rate) => {
      const { slotMs, callsPerSlot } = planSlots(rate)
      const calls = Array.from({ length: 2_400 }, (_, i) => Math.floor(i / callsPerSlot) * slotMs)
      const overtaken = calls.filter((at, i) => at - (calls[i - mostInASecond(rate)] ?? -Infinity) < 1_000)
      expect(overtaken).toEqual([])
    }),
  )
})

test('at least 91.9 % of every whole cap is used, and no slot is shorter than 40 ms', () => {
  const shares = wholeRates.map((rate) => {
    const { slotMs, callsPerSlot } = planSlots(rate)
    expect(slotMs).toBeGreaterThanOrEqual(40)
    return { rate, share: (callsPerSlot * 1_000) / slotMs / rate }
  })
  const worst = shares.reduce((a, b) => (b.share < a.share ? b : a))
  expect(worst).toEqual({ rate: 29, share: expect.closeTo(0.9195, 4) })
})

test.each([
  [0.2, { slotMs: 5_250, callsPerSlot: 1 }],
  [1, { slotMs: 1_050, callsPerSlot: 1 }],
  [2.5, { slotMs: 525, callsPerSlot: 1 }],
  [10, { slotMs: 105, callsPerSlot: 1 }],
  [26, { slotMs: 1_050 / 26, callsPerSlot: 1 }],
  [500, { slotMs: 42, callsPerSlot: 20 }],
  [1_000, { slotMs: 42, callsPerSlot: 40 }],
])('%d/s is cut into %o', (rate, plan) => {
  expect(planSlots(rate)).toEqual(plan)
})
