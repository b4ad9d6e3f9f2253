import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseTimestamp } from './parse-timestamp.ts'

const AT = Date.UTC(2026, 0, 2, 3, 4, 5)

test.each([
  ['2026-01-02T03:04:05Z', AT],
  ['2026-01-02T03:04:05', AT],
  ['2026-01-02 03:04:05', AT],
  ['2026-01-02t03:04:05z', AT],
  ['2026-01-02T03:04:05 Z', AT],
  ['2026-01-02T05:04:05+02:00', AT],
  ['2026-01-02T05:04:05+0200', AT],
  ['2026-01-01T21:34:05-05:30', AT],
  ['2026-01-02T05:04:05+02', AT],
  ['2026-01-02T03:04:05.6', AT + 600],
  ['2026-01-02T03:04:05,678', AT + 678],
  ['2026-01-02T03:04:05.678999+00:00', AT + 678],
  ['2026-01-02T03:04', AT - 5_000],
  ['2026-01-02', Date.UTC(2026, 0, 2)],
  ['2026-01-02T24:00:00Z', Date.UTC(2026, 0, 3)],
  ['2024-02-29', Date.UTC(2024, 1, 29)],
  ['0001-01-01T00:00:00Z', -62_135_596_800_000],
  ['9999-12-31T23:59:59.999Z', 253_402_300_799_999],
  [0, 0],
  [-1.5, -1_500],
  [1767323045, AT],
  [1767323045.123, AT + 123],
  [253_402_300_799.999, 253_402_300_799_999],
])('%j is %d', (value, ms) => {
  expect(parseTimestamp(value)).toBe(ms)
})

test.each([
  [''],
  ['now'],
  ['1767323045'],
  ['2026-1-2'],
  ['20260102T030405Z'],
  ['2026-13-01'],
  ['2026-00-01'],
  ['2026-02-29'],
  ['2026-04-31'],
  ['2026-01-00'],
  ['1900-02-29'],
  ['2026-01-02T24:00:01Z'],
  ['2026-01-02T03:60:00Z'],
  ['2026-01-02T03:04:60Z'],
  ['2026-01-02T03:04:05.Z'],
  ['2026-01-02T03:04:05+24:00'],
  ['2026-01-02T03:04:05+02:60'],
  ['2026-01-02Z'],
  [' 2026-01-02'],
  ['2026-01-02T03:04:05Z\n'],
  ['+02026-01-02T03:04:05Z'],
  ['0000-12-31T23:59:59Z'],
  ['0001-01-01T00:00:00+01:00'],
  ['9999-12-31T23:59:59-00:01'],
  [253_402_300_800],
  [-62_135_596_801],
  [1767323045000],
  [1e300],
  [Number.NaN],
  [Number.POSITIVE_INFINITY],
])('%j is no timestamp', (value) => {
  expect(parseTimestamp(value)).toBeNull()
})

const date = fc.date({
  min: new Date('0001-01-02T00:00:00Z'),
  max: new Date('9999-12-30T00:00:00Z'),
  noInvalidDate: true,
})

test('every instant is read back from its ISO text, whatever the offset it is written with', () => {
  fc.assert(
    fc.property(date, fc.integer({ min: -23 * 60 - 59, max: 23 * 60 + 59 }), (instant, offset) => {
      const local = new Date(instant.getTime() + offset * 60_000).toISOString().slice(0, -1)
      const [hours, minutes] = [Math.trunc(Math.abs(offset) / 60), Math.abs(offset) % 60].map((n) =>
        String(n).padStart(2, '0'),
      )
      expect(parseTimestamp(`${local}${offset < 0 ? '-' : '+'}${hours}:${minutes}`)).toBe(instant.getTime())
    }),
  )
})

test('every millisecond is read back from its Unix time', () => {
  fc.assert(
    fc.property(date, (instant) => {
      expect(parseTimestamp(instant.getTime() / 1000)).toBe(instant.getTime())
    }),
  )
})

test('no text crashes it, and what it takes is a whole number of milliseconds', () => {
  const text = fc.oneof(
    fc.string(),
    fc.stringMatching(/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?$/),
  )
  fc.assert(
    fc.property(fc.oneof(text, fc.double()), (value) => {
      const ms = parseTimestamp(value)
      expect(ms === null || Number.isSafeInteger(ms)).toBe(true)
      expect(Object.is(ms, -0)).toBe(false)
    }),
  )
})
