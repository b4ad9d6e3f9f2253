import { expect, test } from 'vitest'
import { calibrationError } from './calibration-error.ts'

const answers = (confidence: number, right: number, wrong: number) => [
  ...Array.from({ length: right }, () => ({ confidence, right: true })),
  ...Array.from({ length: wrong }, () => ({ confidence, right: false })),
]

test('80 % sure and 80 % right is no error; always sure and half right is one of a half', () => {
  expect(calibrationError(answers(0.8, 4, 1))).toBeCloseTo(0)
  expect(calibrationError(answers(1, 2, 2))).toBeCloseTo(0.5)
})

test('bins are weighted by what is in them, and errors of different bins do not cancel out', () => {
  // bin 0.9: |0.95 − 0.5| of 6; bin 0.3: |0.3 − 1| of 2
  expect(calibrationError([...answers(0.95, 3, 3), ...answers(0.3, 2, 0)])).toBeCloseTo((6 * 0.45 + 2 * 0.7) / 8)
})

test('within a bin they do: it is its mean that counts', () => {
  // both in the bin from 0.6: mean confidence 0.65, right 0.5
  expect(calibrationError([...answers(0.61, 1, 0), ...answers(0.69, 0, 1)])).toBeCloseTo(0.15)
})

test('0 and 1 have a bin, and nothing answered is not calibrated', () => {
  expect(calibrationError([...answers(0, 0, 1), ...answers(1, 1, 0)])).toBe(0)
  expect(calibrationError([])).toBeNull()
})
