import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { INTERVALS, listIntervals, startOfInterval } from './intervals.ts'

const instant = fc.oneof(
  fc.integer({ min: Date.parse('0001-01-01T00:00:00Z'), max: Date.parse('9999-12-31T23:59:59.999Z') }),
  fc.constantFrom('0001-01-01T00:00:00Z', '1969-12-31T23:59:59.999Z', '2024-02-29T12:00:00Z').map(Date.parse),
)
const iso = (ms: number) => new Date(ms).toISOString()

describe('intervals', () => {
  test('follow each other without a gap, and hold both ends of the window', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...INTERVALS),
        instant,
        fc.integer({ min: 0, max: 50 * 86_400_000 }),
        (interval, start, ms) => {
          const end = start + ms
          const starts = listIntervals(interval, { start, end }, 100)
          expect(starts[0]).toBe(startOfInterval(interval, start))
          expect(starts.map((one) => startOfInterval(interval, one))).toEqual(starts)
          expect(starts.slice(1).map((one) => startOfInterval(interval, one - 1))).toEqual(starts.slice(0, -1))
          const last = starts.length < 100 ? startOfInterval(interval, end) : starts.at(-1)
          expect(starts.at(-1)).toBe(last)
        },
      ),
    )
  })

  test.each([
    ['week', '2026-03-01T12:00:00Z', '2026-02-23T00:00:00.000Z'],
    ['week', '0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
    ['month', '2024-02-29T12:00:00Z', '2024-02-01T00:00:00.000Z'],
    ['month', '0099-12-31T23:59:59.999Z', '0099-12-01T00:00:00.000Z'],
    ['day', '1969-12-31T23:59:59.999Z', '1969-12-31T00:00:00.000Z'],
  ] as const)('the %s of %s begins at %s', (interval, at, start) => {
    expect(iso(startOfInterval(interval, Date.parse(at)))).toBe(start)
  })
})
