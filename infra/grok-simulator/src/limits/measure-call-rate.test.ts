import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createSlidingWindow } from './sliding-window.ts'
import { measureCallRate } from './measure-call-rate.ts'

/** Gaps between calls: bunches, exact seconds and long pauses are all likely. */
const arrivals = fc
  .array(fc.oneof(fc.constantFrom(0, 0.25, 100, 105, 999.75, 1000), fc.double({ min: 0, max: 2500, noNaN: true })), {
    maxLength: 200,
  })
  .map((gaps) => {
    let now = 0
    return gaps.map((gap) => (now += gap))
  })

describe('measureCallRate', () => {
  test('(I3) the fullest sliding second is exact: the same as counting every window by hand', () => {
    fc.assert(
      fc.property(arrivals, (times) => {
        const rate = measureCallRate(11)
        for (const time of times) rate.arrived(time)
        const byHand = times.map((start) => times.filter((time) => time >= start && time - start < 1000).length)
        expect(rate.maxPerSecond()).toBe(Math.max(0, ...byHand))
      }),
    )
  })

  test('(I3) the shortest span of cap + 1 calls is exact, and under a second exactly when the cap broke', () => {
    fc.assert(
      fc.property(arrivals, fc.integer({ min: 1, max: 12 }), (times, cap) => {
        const rate = measureCallRate(cap + 1)
        for (const time of times) rate.arrived(time)
        const spans = times.slice(cap).map((time, index) => time - (times[index] as number))
        expect(rate.shortestSpanMs()).toBe(spans.length === 0 ? null : Math.min(...spans))
        expect(rate.maxPerSecond() > cap).toBe(rate.shortestSpanMs() !== null && Math.min(...spans) < 1000)
      }),
    )
  })

  test('two calls exactly one second apart do not share a second', () => {
    const rate = measureCallRate(2)
    rate.arrived(0)
    rate.arrived(1000)
    expect(rate.maxPerSecond()).toBe(1)
  })
})

test('(I8) a window forgets what has left it, after any number of moments', () => {
  const window = createSlidingWindow(1000)
  let most = 0
  for (let at = 0; at < 1_000_000; at += 10) most = Math.max(most, window.add(at))
  expect(most).toBe(100)
  expect(window.countAt(1_002_000)).toBe(0)
})
