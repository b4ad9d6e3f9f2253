import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseInstant } from './parse-instant.ts'

const read = (text: string) => {
  const ms = parseInstant(text)
  return ms === null ? null : new Date(ms).toISOString()
}

describe('parseInstant', () => {
  test.each([
    ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05.000Z'],
    ['2026-01-02T03:04:05.678Z', '2026-01-02T03:04:05.678Z'],
    ['2026-01-02t03:04:05,5z', '2026-01-02T03:04:05.500Z'],
    ['2026-01-02T03:04:05+02:00', '2026-01-02T01:04:05.000Z'],
    ['2026-01-02T03:04:05-0530', '2026-01-02T08:34:05.000Z'],
    ['2026-01-02T03:04:05−05', '2026-01-02T08:04:05.000Z'],
    ['2026-01-02T00:30+01', '2026-01-01T23:30:00.000Z'],
    ['2026-01-02T24:00:00Z', '2026-01-03T00:00:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['0050-01-01', '0050-01-01T00:00:00.000Z'],
    ['1767323045', '2026-01-02T03:04:05.000Z'],
    ['1767323045.25', '2026-01-02T03:04:05.250Z'],
    ['-1', '1969-12-31T23:59:59.000Z'],
    // As programs write numbers.
    ['1.767323045e+09', '2026-01-02T03:04:05.000Z'],
  ])('reads %s', (text, iso) => expect(read(text)).toBe(iso))

  test('no offset means UTC, whatever the time zone of the machine', () => {
    expect(read('2026-07-02T03:04:05')).toBe('2026-07-02T03:04:05.000Z')
    expect(read('2026-07-02 03:04')).toBe('2026-07-02T03:04:00.000Z')
  })

  test('a plus that was not percent-encoded arrives as a space and still means plus', () => {
    expect(read('2026-01-02T03:04:05 02:00')).toBe('2026-01-02T01:04:05.000Z')
    expect(read('2026-01-02 03:04:05 02:00')).toBe('2026-01-02T01:04:05.000Z')
  })

  test('what is finer than a millisecond is kept', () => {
    expect(parseInstant('1970-01-01T00:00:00.0005Z')).toBe(0.5)
  })

  test.each([
    ['', 'yesterday', '2026-01', '20260102T030405Z', '2026-1-2', '2026-01-02T03', '2026-01-02T03:04:05 '],
    ['2026-02-30', '2025-02-29', '2026-13-01', '2026-00-10', '2026-01-00'],
    ['2026-01-02T25:00:00Z', '2026-01-02T24:00:01Z', '2026-01-02T03:60:00Z', '2026-01-02T03:04:60Z'],
    ['2026-01-02T03:04:05+24:00', '2026-01-02T03:04:05+02:60', '2026-01-02T03:04:05.Z', '2026-01-02Z'],
    ['0x10', '1e', 'NaN', 'Infinity', ' 1767323045', '1767323045.'],
    // Milliseconds where seconds are meant would be the year 57974.
    ['1767323045000', '-99999999999', '9999-12-31T23:59:59.9999Z', '0001-01-01T00:00:00+01:00'],
  ])('refuses %s …', (...texts) => {
    expect(texts.filter((text) => parseInstant(text) !== null)).toEqual([])
  })

  test('reads back every instant at every offset', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('0002-01-01'), max: new Date('9998-12-31'), noInvalidDate: true }),
        fc.integer({ min: -23 * 60 - 59, max: 23 * 60 + 59 }),
        (date, offset) => {
          const local = new Date(date.getTime() + offset * 60_000).toISOString().slice(0, -1)
          const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60].map((part) =>
            String(part).padStart(2, '0'),
          )
          expect(parseInstant(`${local}${offset < 0 ? '-' : '+'}${hours}:${minutes}`)).toBe(date.getTime())
        },
      ),
    )
  })

  test('never throws and never answers with something that is no number', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9TZ:.+ -]{0,30}$/)), (text) => {
        const ms = parseInstant(text)
        expect(ms === null || Number.isFinite(ms)).toBe(true)
      }),
    )
  })
})
