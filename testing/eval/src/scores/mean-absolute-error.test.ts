import { expect, test } from 'vitest'
import { mean, meanAbsoluteError } from './mean-absolute-error.ts'

test('errors count by their size, whichever way they go', () => {
  // |−0.5 − −1| + |0.25 − 0| + |0.5 − 0.75| = 0.5 + 0.25 + 0.25
  const scored = [
    { expected: -1, score: -0.5 },
    { expected: 0, score: 0.25 },
    { expected: 0.75, score: 0.5 },
  ]
  expect(meanAbsoluteError(scored)).toBeCloseTo(1 / 3)
})

test('nothing answered is not an error of 0', () => {
  expect(meanAbsoluteError([])).toBeNull()
  expect(mean([])).toBeNull()
})
