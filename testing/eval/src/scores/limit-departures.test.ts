import { expect, test } from 'vitest'
import { limitDepartures } from './limit-departures.ts'

test('a second that is full takes no more, and each departure frees its place a second later', () => {
  let now = 0
  const limit = limitDepartures(2.9, () => now)
  const leave = (at: number) => {
    now = at
    const may = limit.mayLeave()
    if (may) limit.onLeave()
    return may
  }
  expect([0, 0, 0, 1049].map(leave)).toEqual([true, true, false, false])
  expect([1050, 1051, 1051].map(leave)).toEqual([true, true, false])
  expect([2100, 2101].map(leave)).toEqual([true, true])
})

test('below one a second, one may still leave', () => {
  expect(limitDepartures(0.5, () => 0).mayLeave()).toBe(true)
})
