import { expect, test } from 'vitest'
import { moodOf, signAccuracy } from './sign-accuracy.ts'

test('0.2 and -0.2 are still neutral, as in the query API', () => {
  expect([0.21, 0.2, 0, -0.2, -0.21].map(moodOf)).toEqual(['positive', 'neutral', 'neutral', 'neutral', 'negative'])
})

test('a right sign inside of the neutral band is not right', () => {
  const scored = [
    { expected: 0.6, score: 0.3 }, // right
    { expected: 0.6, score: 0.1 }, // neutral
    { expected: 0, score: -0.2 }, // right
    { expected: -0.6, score: 0.9 }, // opposite
    { expected: -0.3, score: -1 }, // right
  ]
  expect(signAccuracy(scored)).toBe(0.6)
  expect(signAccuracy([])).toBeNull()
})
