import { expect, test } from 'vitest'
import { readTime } from './read-time.ts'

const now = Date.parse('2026-01-31T12:00:00Z')
const iso = (text: string) => {
  const time = readTime(text, now)
  return time === null ? null : new Date(time).toISOString()
}

test('a time without an offset is UTC, whatever the zone of the machine is', () => {
  expect(iso('2026-01-02T03:04:05')).toBe('2026-01-02T03:04:05.000Z')
  expect(iso('2026-01-02T03:04:05+02:00')).toBe('2026-01-02T01:04:05.000Z')
  expect(iso('2026-01-02')).toBe('2026-01-02T00:00:00.000Z')
  expect(iso('1767323045')).toBe('2026-01-02T03:04:05.000Z')
})

test('a span is before now', () => {
  expect(iso('90m')).toBe('2026-01-31T10:30:00.000Z')
  expect(iso('2h')).toBe('2026-01-31T10:00:00.000Z')
  expect(iso('7d')).toBe('2026-01-24T12:00:00.000Z')
})

test('what is neither is refused, never read as some other time', () => {
  for (const text of ['', 'yesterday', '2h ago', '-2h', '2w', '2026-02-30', '1.5h', '5', '90', '-5', '5.5'])
    expect(iso(text)).toBeNull()
})
