import fc from 'fast-check'
import { expect, test } from 'vitest'
import { doublingMs, drawBackoffMs } from './backoff.ts'

const attempt = fc.nat({ max: 5_000 })
const draw = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
const backoff = fc
  .tuple(fc.nat({ max: 1_000 }), fc.nat({ max: 1_000 }), fc.nat({ max: 100_000 }))
  .map(([floorMs, base, cap]) => ({ floorMs, baseMs: floorMs + base, capMs: floorMs + base + cap }))

test('no wait is below the floor or above the cap, however many tries have failed', () => {
  fc.assert(
    fc.property(attempt, draw, backoff, (attempt, draw, backoff) => {
      const ms = drawBackoffMs(attempt, () => draw, backoff)
      expect(ms).toBeGreaterThanOrEqual(backoff.floorMs)
      expect(ms).toBeLessThanOrEqual(Math.min(backoff.capMs, backoff.baseMs * 2 ** Math.min(attempt, 1_000)))
    }),
  )
})

test('the same draw never gives a shorter wait after one more failure', () => {
  fc.assert(
    fc.property(attempt, draw, backoff, (attempt, draw, backoff) => {
      const next = drawBackoffMs(attempt + 1, () => draw, backoff)
      expect(next).toBeGreaterThanOrEqual(drawBackoffMs(attempt, () => draw, backoff))
    }),
  )
})

test('without a base there is no wait, after any number of failures', () => {
  expect(drawBackoffMs(5_000, () => 0.5, { baseMs: 0, capMs: 10, floorMs: 0 })).toBe(0)
})

test('the whole range is used: callers that failed together do not come back together', () => {
  const backoff = { floorMs: 0, baseMs: 100, capMs: 1_000 }
  const at = (attempt: number, draw: number) => drawBackoffMs(attempt, () => draw, backoff)
  expect({ least: at(3, 0), middle: at(3, 0.5), most: at(3, 1) }).toEqual({ least: 0, middle: 400, most: 800 })
  expect({ least: at(9, 0), middle: at(9, 0.5), most: at(9, 1) }).toEqual({ least: 0, middle: 500, most: 1_000 })
})

test('a loop whose tries fail at once does not spin: without settings no wait is 0', () => {
  fc.assert(
    fc.property(attempt, (attempt) => {
      expect(drawBackoffMs(attempt, () => 0)).toBe(50)
    }),
  )
})

test('a floor above the range is the wait', () => {
  expect(drawBackoffMs(0, () => 0.5, { floorMs: 500, baseMs: 100, capMs: 1_000 })).toBe(500)
})

test('without jitter the wait doubles up to the cap, and stays there after thousands of failures', () => {
  const waits = [0, 1, 2, 3, 4, 5_000].map((attempt) => doublingMs(attempt, { baseMs: 500, capMs: 3_000 }))
  expect(waits).toEqual([500, 1_000, 2_000, 3_000, 3_000, 3_000])
})
