import { expect, test } from 'vitest'
import { macroF1 } from './macro-f1.ts'

test('a rare label weighs as much as a common one, and one that is only given counts as wrong', () => {
  const items = [
    { expected: ['refund', 'late delivery'], given: ['refund'] },
    { expected: ['refund'], given: ['refund', 'fraud'] },
    { expected: ['refund'], given: [] },
    { expected: ['pricing'], given: ['pricing'] },
  ]
  // refund: 2·2 / (3 + 2) = 0.8; late delivery: 0 / (1 + 0) = 0; fraud: 0 / (0 + 1) = 0; pricing: 2·1 / (1 + 1) = 1
  expect(macroF1(items)).toBeCloseTo((0.8 + 0 + 0 + 1) / 4)
})

test('labels that are not used do not count', () => {
  expect(macroF1([{ expected: ['other'], given: ['other'] }])).toBe(1)
  expect(macroF1([])).toBeNull()
  expect(macroF1([{ expected: [], given: [] }])).toBeNull()
})
