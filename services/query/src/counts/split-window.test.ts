import fc from 'fast-check'
import { expect, test } from 'vitest'
import { splitWindow } from './split-window.ts'
import { LEVELS } from './sum-insights.ts'

const HOUR = LEVELS.hour
const nearHours = fc
  .record({ hour: fc.integer({ min: -60, max: 60 }), ms: fc.constantFrom(-1, -0.5, 0, 0.5, 1, 1_800_000) })
  .map(({ hour, ms }) => hour * HOUR + ms)

test('the parts of a window hold each of its milliseconds once and no other', () => {
  fc.assert(
    fc.property(nearHours, nearHours, (start, end) => {
      const { periods, edges } = splitWindow({ start, end })
      const spans = [
        ...edges,
        ...periods.map(({ level, first, last }) => ({ first, last: last + LEVELS[level] - 1 })),
      ].toSorted((one, other) => one.first - other.first)
      for (const { first, last } of spans) expect(first).toBeLessThanOrEqual(last)
      for (const [i, { first }] of spans.slice(1).entries()) expect(first - (spans[i]?.last ?? 0)).toBe(1)
      const [first, last] = [Math.ceil(start), Math.floor(end)]
      expect([spans[0]?.first === first, spans.at(-1)?.last === last]).toEqual(
        first > last ? [false, false] : [true, true],
      )
      for (const { level, first, last } of periods)
        expect([first % LEVELS[level], last % LEVELS[level]].map(Math.abs)).toEqual([0, 0])
      expect(edges.reduce((sum, { first, last }) => sum + last - first + 1, 0)).toBeLessThan(2 * HOUR)
      expect(
        periods.filter(({ level }) => level === 'hour').reduce((sum, { first, last }) => sum + last - first + HOUR, 0),
      ).toBeLessThan(48 * HOUR)
    }),
    { numRuns: 500 },
  )
})

test('the first and the last millisecond that a query may name are whole days', () => {
  const [start, end] = [Date.parse('0001-01-01T00:00:00Z'), Date.parse('9999-12-31T23:59:59.999Z')]
  const days = { level: 'day', first: start, last: Date.parse('9999-12-31T00:00:00Z') }
  expect(splitWindow({ start, end })).toEqual({ periods: [days], edges: [] })
})
