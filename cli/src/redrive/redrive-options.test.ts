import { Command } from 'commander'
import { expect, test } from 'vitest'
import { addRedriveOptions, toSelection, type RedriveOptions } from './redrive-options.ts'

function parse(...argv: string[]) {
  const command = addRedriveOptions(new Command('redrive'))
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
  return command.parse(argv, { from: 'user' }).opts<RedriveOptions>()
}

test('everything at once is not what a slip of the finger gets', () => {
  for (const argv of [[], ['--dry-run'], ['--until', '2026-01-02']])
    expect(() => toSelection(parse(...argv))).toThrow('say which failures')
})

test('a window that holds nothing is a slip too', () => {
  for (const until of ['2026-01-02', '2026-01-01T23:59:59Z'])
    expect(() => toSelection(parse('--since', '2026-01-02', '--until', until))).toThrow('later than --since')
})

test('what cannot be read is refused by name, nothing is published', () => {
  expect(() => parse('--class', 'expried')).toThrow('expried')
  expect(() => parse('--since', 'yesterday')).toThrow('yesterday')
  expect(() => parse('--clas', 'expired')).toThrow('--clas')
})

test('classes add up, times are instants', () => {
  const options = parse('--class', 'expired', '--class', 'unsafe', '--since', '2026-01-02T03:04:05+01:00', '--dry-run')
  expect(options.dryRun).toBe(true)
  expect(toSelection(options)).toEqual({
    classes: ['expired', 'unsafe'],
    problems: [],
    since: Date.parse('2026-01-02T02:04:05Z'),
    until: null,
    onlyRetryable: false,
    conversations: new Set(),
    failures: new Set(),
  })
})

test('ids and failures add up, and are enough of a choice', () => {
  const failure = '5E0A6F5C-7D3C-5B7E-9A35-0D6F2F4C7A11'
  const selection = toSelection(parse('--id', 'a', '--id', 'b', '--failure', failure))
  expect(selection).toMatchObject({ conversations: new Set(['a', 'b']), failures: new Set([failure.toLowerCase()]) })
  expect(() => parse('--id', '')).toThrow('1 to 200 characters')
  expect(() => parse('--failure', 'conv_1')).toThrow('which is a UUID')
})

test.each(['0', '-1', '0.0', 'fast', '1e3', '', '1000000000'])('a rate of %j is refused', (rate) => {
  expect(() => parse('--retryable', `--rate=${rate}`)).toThrow('Give the records per second, more than 0')
})

test('a rate may be a fraction, and has a default', () => {
  expect(parse('--rate', '0.5').rate).toBe(0.5)
  expect(parse().rate).toBe(50)
})
