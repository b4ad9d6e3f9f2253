import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { daysOf, ListUsageQuery } from './usage-query.ts'

const faults = (query: object) => ListUsageQuery.safeParse(query).error?.issues.map(({ path }) => path.join('/')) ?? []
const at = (text: string) => Date.parse(text)

describe('the query string of GET /api/v1/usage', () => {
  test('takes a window as the other routes do', () => {
    const query = { start_time: '2026-11-01T01:00:00+01:00', end_time: '1796083200' }
    expect(ListUsageQuery.parse(query)).toEqual({ start: at('2026-11-01T00:00:00Z'), end: at('2026-12-01T00:00:00Z') })
  })

  test('all faults are told at once', () => {
    expect(faults({})).toEqual(['start_time', 'end_time'])
    expect(faults({ start_time: 'x', end_time: ['2026-01-01', '2026-01-02'] })).toEqual(['start_time', 'end_time'])
    expect(faults({ start_time: '2026-01-01', end_time: '2026-01-01' })).toEqual(['end_time'])
  })
})

describe('daysOf', () => {
  test.each([
    ['2026-11-25T10:00:00.000Z', '2026-11-25T10:00:00.001Z', '2026-11-25', '2026-11-25'],
    ['2026-11-25T23:59:59.999Z', '2026-11-26T00:00:00.001Z', '2026-11-25', '2026-11-26'],
    ['2026-11-01T00:00:00.000Z', '2026-12-01T00:00:00.000Z', '2026-11-01', '2026-11-30'],
    ['0001-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z', '0001-01-01', '9999-12-31'],
  ])('from %s to %s is %s to %s', (start, end, first, last) => {
    expect(daysOf({ start: at(start), end: at(end) })).toEqual({ first, last })
  })

  test('days that follow each other, asked for one by one, are counted once each', () => {
    const midnight = at('2026-11-25T00:00:00Z')
    fc.assert(
      fc.property(fc.integer({ min: -20_000, max: 20_000 }), fc.integer({ min: 1, max: 60 }), (from, days) => {
        const day = (n: number) => midnight + (from + n) * 86_400_000
        const all = Array.from({ length: days }, (_, n) => daysOf({ start: day(n), end: day(n + 1) }))
        for (const { first, last } of all) expect(first).toBe(last)
        expect(new Set(all.map(({ first }) => first)).size).toBe(days)
      }),
    )
  })

  test('every instant of the window is in its days, also between two milliseconds', () => {
    const instant = fc.double({ min: at('2026-11-24T23:59:59Z'), max: at('2026-11-26T00:00:01Z'), noNaN: true })
    fc.assert(
      fc.property(instant, instant, (a, b) => {
        fc.pre(a !== b)
        const [start, end] = a < b ? [a, b] : [b, a]
        const { first, last } = daysOf({ start, end })
        expect(at(first)).toBeLessThanOrEqual(start)
        expect(end).toBeLessThanOrEqual(at(last) + 86_400_000)
        expect(first <= last).toBe(true)
      }),
    )
  })
})
