import fc from 'fast-check'
import { expect, test } from 'vitest'
import { groupByGap, maxInRollingSecond, percentile, shortestSpan } from './measure-pace.ts'

const moments = fc
  .array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 60 })
  .map((times) => times.toSorted((a, b) => a - b))

test('(I3) the maximum is that of every window one could lay, not of the full seconds of a clock', () => {
  fc.assert(
    fc.property(moments, (times) => {
      const windows = times.map((start) => times.filter((time) => time >= start && time < start + 1000).length)
      expect(maxInRollingSecond(times)).toBe(Math.max(0, ...windows))
    }),
  )
})

test('(I3) the cap holds exactly when cap + 1 calls never come within a second', () => {
  fc.assert(
    fc.property(moments, fc.integer({ min: 1, max: 12 }), (times, cap) => {
      const span = shortestSpan(times, cap + 1)
      expect(maxInRollingSecond(times) <= cap).toBe(span === null || span >= 1000)
    }),
  )
})

test('calls that come together are one step', () => {
  expect(groupByGap([0, 100, 900, 2000, 2010], 500)).toEqual([[0, 100], [900], [2000, 2010]])
  expect(groupByGap([], 500)).toEqual([])
})

test('a percentile is a value that was measured', () => {
  const values = Array.from({ length: 120 }, (_, i) => 120 - i)
  expect([percentile(values, 0.5), percentile(values, 0.99), percentile(values, 1)]).toEqual([60, 119, 120])
  expect(percentile([], 0.5)).toBeNaN()
})
