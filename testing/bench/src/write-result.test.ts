import { expect, test } from 'vitest'
import { against } from './write-result.ts'

test('what could not be measured is not met', () => {
  expect(against('share', null, { atLeast: 94 }).met).toBe(false)
  expect(against('lost', null, { atMost: 0 }).met).toBe(false)
  expect(against('per call', NaN, { atMost: 10 }).met).toBe(false)
})

test('a mark that is just reached is met', () => {
  expect(against('calls', 10, { atMost: 10 }, { hard: true })).toMatchObject({ mark: '≤ 10', met: true, hard: true })
  expect(against('span', 1000, { atLeast: 1000 }).met).toBe(true)
  expect(against('calls', 11, { atMost: 10 }).met).toBe(false)
})
