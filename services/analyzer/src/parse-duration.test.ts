import { expect, test } from 'vitest'
import { durationMs } from './parse-duration.ts'

test.each([
  ['90s', 90_000],
  ['15m', 900_000],
  ['24h', 86_400_000],
  ['7d', 604_800_000],
])('%s is %d ms', (text, ms) => expect(durationMs(text)).toBe(ms))

test.each(['24', 'h', '0s', '1.5h', '-1h', '24 h', '24H', ''])('%j is no duration, and nothing is guessed', (text) =>
  expect(() => durationMs(text)).toThrow('not a duration'),
)
