import { expect, test } from 'vitest'
import { positionEffect } from './position-spread.ts'

test('the spread is within a conversation, not between them', () => {
  const effect = positionEffect([
    { scores: [-0.8, -0.8, -0.4], again: -0.8 },
    { scores: [0.6, 0.6, 0.6], again: 0.5 },
  ])
  expect(effect.meanSpread).toBeCloseTo(0.2)
  expect(effect.largestSpread).toBeCloseTo(0.4)
  expect(effect.repeatDifference).toBeCloseTo(0.05)
  // of the first: mean -2/3, so -0.1333, -0.1333, +0.2667; of the second: 0, 0, 0
  expect(effect.shiftByPlace.map((shift) => Math.round((shift ?? 9) * 1000))).toEqual([-67, -67, 133])
})

test('a place without an answer is left out and moves no other place', () => {
  const effect = positionEffect([
    { scores: [0, null, 0.5], again: null },
    { scores: [null, 0.9, null], again: 0.9 },
  ])
  expect(effect.meanSpread).toBeCloseTo(0.5)
  expect(effect.shiftByPlace).toEqual([-0.25, null, 0.25])
  expect(effect.repeatDifference).toBeNull()
})

test('nothing answered has no spread of 0', () => {
  expect(positionEffect([])).toEqual({
    meanSpread: null,
    largestSpread: null,
    repeatDifference: null,
    shiftByPlace: [],
  })
})
