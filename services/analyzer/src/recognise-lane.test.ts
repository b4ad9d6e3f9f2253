import { expect, test } from 'vitest'
import { laneOf } from './recognise-lane.ts'

test.each(['bulk', 'BULK', ' Bulk\r\n'])('a record with the lane %j can wait', (value) => {
  expect(laneOf({ lane: Buffer.from(value), 'x-team': Buffer.from('blue') })).toBe('bulk')
})

test.each(['', 'live', 'bulky', 'bulk,live', '\0bulk', '\xff'])('a record with the lane %j is live', (value) => {
  expect(laneOf({ lane: Buffer.from(value, 'latin1') })).toBe('live')
})

test('a record without the header is live, whatever its other headers say', () => {
  expect(laneOf({})).toBe('live')
  expect(laneOf({ Lanes: Buffer.from('bulk') })).toBe('live')
})
