import { expect, test } from 'vitest'
import { drawSample, randomFrom } from './draw-sample.ts'

const letters = [...'abcdefgh']

test('one seed is one sample, on every machine', () => {
  expect(drawSample(letters, 3, randomFrom(1))).toEqual(drawSample(letters, 3, randomFrom(1)))
  expect(drawSample(letters, 8, randomFrom(1))).not.toEqual(drawSample(letters, 8, randomFrom(2)))
})

test('nothing is drawn twice, and never more than there is', () => {
  expect(drawSample(letters, 99, randomFrom(3)).toSorted()).toEqual(letters)
  expect(drawSample(letters, Infinity, randomFrom(3))).toHaveLength(8)
  expect(drawSample(letters, 0, randomFrom(3))).toEqual([])
})
