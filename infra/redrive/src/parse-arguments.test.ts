import { expect, test } from 'vitest'
import { parseArguments } from './parse-arguments.ts'

test('everything at once is not what a slip of the finger gets', () => {
  expect(parseArguments([])).toMatchObject({ ok: false, exitCode: 2 })
  expect(parseArguments(['--dry-run'])).toMatchObject({ ok: false, exitCode: 2 })
})

test('what cannot be read is refused by name, nothing is published', () => {
  expect(parseArguments(['--class', 'expried'])).toMatchObject({ ok: false, text: expect.stringContaining('expried') })
  expect(parseArguments(['--since', 'yesterday'])).toMatchObject({
    ok: false,
    text: expect.stringContaining('yesterday'),
  })
  expect(parseArguments(['--clas', 'expired'])).toMatchObject({ ok: false, exitCode: 2 })
})

test('classes add up, times are instants', () => {
  expect(
    parseArguments(['--class', 'expired', '--class', 'unsafe', '--since', '2026-01-02T03:04:05+01:00', '--dry-run']),
  ).toEqual({
    ok: true,
    arguments: {
      classes: ['expired', 'unsafe'],
      since: Date.parse('2026-01-02T02:04:05Z'),
      until: null,
      onlyRetryable: false,
      dryRun: true,
    },
  })
})
