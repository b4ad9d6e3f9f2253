import { expect, test } from 'vitest'
import { laneOf } from './lane.ts'

const header = (name: string, value: string) => ({ name, value: Buffer.from(value) })

test.each(['bulk', 'BULK', ' Bulk\r\n'])('a record with the lane %j can wait', (value) => {
  expect(laneOf([header('lane', 'live'), header('lane', value), header('x-team', 'blue')])).toBe('bulk')
})

test.each(['', 'live', 'bulky', 'bulk,live', '\0bulk', '\xff'])('a record with the lane %j is live', (value) => {
  expect(laneOf([{ name: 'lane', value: Buffer.from(value, 'latin1') }])).toBe('live')
})

test('a record without the header is live, whatever its other headers say', () => {
  expect(laneOf([])).toBe('live')
  expect(laneOf([header('Lanes', 'bulk'), header('__proto__', 'bulk')])).toBe('live')
  expect(laneOf([header('lane', 'bulk'), { name: 'lane', value: null }])).toBe('live')
})
