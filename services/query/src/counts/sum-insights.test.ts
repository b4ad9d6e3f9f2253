import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  addInsight,
  addSums,
  classOf,
  noSums,
  percentOf,
  PERCENTS,
  placeOf,
  startOf,
  toCounts,
} from './sum-insights.ts'

const insight = fc.record({
  sentimentScore: fc.double({ min: -1, max: 1, noNaN: true }),
  confidence: fc.oneof(
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.integer({ min: 0, max: 100 }).map((n) => n / 100),
  ),
})

test('a threshold of a whole percent takes what the same comparison of numbers takes', () => {
  fc.assert(
    fc.property(insight, fc.integer({ min: 0, max: 100 }), ({ confidence }, percent) => {
      expect(percentOf(confidence) >= percent).toBe(confidence >= Number((percent / 100).toFixed(2)))
    }),
  )
})

test('counts say how many of a class have at least a confidence', () => {
  fc.assert(
    fc.property(fc.array(insight, { maxLength: 40 }), fc.integer({ min: 0, max: 100 }), (insights, percent) => {
      const sums = noSums()
      for (const one of insights) addInsight(sums, one, 1)
      const counts = toCounts(sums)
      for (const at of [0, 1, 2])
        expect(counts[placeOf(at, percent) - 1]).toBe(
          insights.filter((one) => classOf(one.sentimentScore) === at && one.confidence >= percent / 100).length,
        )
    }),
  )
})

test('(I7) what is added in any order and taken away again leaves no trace', () => {
  fc.assert(
    fc.property(fc.array(insight, { maxLength: 40 }), fc.array(insight, { maxLength: 40 }), (kept, gone) => {
      const one = noSums()
      for (const insight of [...kept, ...gone]) addInsight(one, insight, 1)
      for (const insight of gone) addInsight(one, insight, -1)
      const other = noSums()
      const half = noSums()
      for (const [place, insight] of kept.toReversed().entries()) addInsight(place % 2 === 0 ? other : half, insight, 1)
      addSums(other, half)
      expect(toCounts(one)).toEqual(toCounts(other))
      expect({ ...one, cells: null }).toEqual({ ...other, cells: null })
    }),
  )
})

test('the classes meet at 0.2, which is neutral on both sides', () => {
  expect([-1, -0.2, 0, 0.2, 1].map(classOf)).toEqual([0, 1, 1, 1, 2])
  expect(PERCENTS).toBe(101)
})

test('hours and days begin in UTC, before 1970 too', () => {
  expect(startOf('hour', Date.parse('2026-03-01T10:59:59.999Z'))).toBe(Date.parse('2026-03-01T10:00:00Z'))
  expect(startOf('day', Date.parse('1969-12-31T23:59:59.999Z'))).toBe(Date.parse('1969-12-31T00:00:00Z'))
})
