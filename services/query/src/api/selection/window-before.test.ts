import { expect, test } from 'vitest'
import { windowBefore } from './window-before.ts'

test.each([
  // What people take for whole days.
  ['2026-01-03T00:00:00.000Z', '2026-01-04T23:59:59.999Z', '2026-01-01T00:00:00.000Z', '2026-01-02T23:59:59.999Z'],
  ['2026-01-03T00:00:00.000Z', '2026-01-05T00:00:00.000Z', '2026-01-01T00:00:00.000Z', '2026-01-02T23:59:59.999Z'],
  // The last day until now.
  ['2026-01-03T10:11:12.345Z', '2026-01-04T10:11:12.345Z', '2026-01-02T10:11:12.345Z', '2026-01-03T10:11:12.344Z'],
  ['2026-01-03T00:00:00.000Z', '2026-01-03T00:00:00.001Z', '2026-01-02T23:59:59.999Z', '2026-01-02T23:59:59.999Z'],
])('before the window from %s to %s comes that from %s to %s, as long, and no instant is in both', (...texts) => {
  const [start = 0, end = 0, first = 0, last = 0] = texts.map((text) => Date.parse(text))
  expect(windowBefore({ start, end })).toEqual({ first, last, shift: start - first })
})

test('finer ends than a millisecond are those within', () => {
  expect(windowBefore({ start: 1000.5, end: 3000.5 })).toEqual({ first: -998, last: 1000, shift: 1999 })
})

test('nothing is before the year 1', () => {
  const start = Date.parse('0001-01-01T00:00:00Z')
  expect(windowBefore({ start, end: start + 1000 })).toBeNull()
  expect(windowBefore({ start: start + 1000, end: start + 2000 })).toMatchObject({ first: start })
})
