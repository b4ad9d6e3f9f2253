import { Command } from 'commander'
import { expect, test } from 'vitest'
import { describePlan } from './describe-plan.ts'
import { estimate } from '@insights/pipeline/estimate/estimate'
import { addReanalyzeOptions, toWindow, type ReanalyzeOptions } from './reanalyze-options.ts'

const settings = { GROK_MODEL: 'grok-4.3', BATCH_SIZE: 10, BATCH_MAX_TOKENS: 8_000, OUTBOUND_RPS: 10, rate: 50 }

test('cost follows from what the insights took, time from the slower of the rate and the cap', () => {
  const costs = { count: 2, ticks: 3e9 }
  expect(estimate({ conversations: 1_001, costs }, settings)).toEqual({
    conversations: 1_001,
    calls: 101,
    usd: 150.15,
    known: 2,
    capMs: 10_605,
    ms: 20_020,
  })
  expect(estimate({ conversations: 1_000, costs }, { ...settings, OUTBOUND_RPS: 1 }).ms).toBe(105_000)
})

test('where no insight tells its cost, it is guessed from above by list prices', () => {
  const guess = estimate({ conversations: 1_000, costs: { count: 0, ticks: 0 } }, settings)
  expect(guess.known).toBe(0)
  expect(guess.usd).toBeGreaterThan(0.5)
  expect(guess.usd).toBeLessThan(5)
})

test('an operator reads what is held, chosen, left, what it costs and how long it takes', () => {
  const costs = { count: 0, ticks: 0 }
  const plan = {
    window: { since: 0, until: null },
    heldSince: 60_000,
    prompts: { today: '1.1.0+new', only: null, waitingSince: 0 },
    versions: new Map([['1.0.0+old', 1_200]]),
    left: new Map([['because', 200]]),
    estimate: { ...estimate({ conversations: 1_000, costs }, settings), usd: 12.345 },
  }
  expect(describePlan(plan)).toEqual([
    'submitted from 1970-01-01T00:00:00.000Z to now',
    expect.stringMatching(/received holds what was submitted from 1970-01-01T00:01:00.000Z on; .* is gone/),
    "today's prompt_version is 1.1.0+new, by the variables that this command sees",
    'insights of the window, by prompt_version:',
    '  1.0.0+old: 1,200',
    '200 are left alone:',
    '  because: 200',
    '1,000 conversations are to be analysed once more',
    '  cost: about 12.35 US dollars, at most, by list prices and for full calls',
    '  time: about 20 s and 100 calls, more where live conversations want the calls',
  ])
})

test('a window must have begun and must not be empty', () => {
  const parse = (...argv: string[]) =>
    addReanalyzeOptions(new Command('reanalyze'))
      .exitOverride()
      .configureOutput({ writeErr: () => {} })
      .parse(argv, { from: 'user' })
      .opts<ReanalyzeOptions>()
  expect(() => parse()).toThrow("required option '--since <time>' not specified")
  expect(() => parse('--since', '1h', '--rate', '0')).toThrow('more than 0')
  const now = Date.parse('2026-01-03')
  expect(toWindow(parse('--since', '2026-01-01'), now)).toEqual({ since: Date.parse('2026-01-01'), until: null })
  expect(() => toWindow(parse('--since', '2026-01-04'), now)).toThrow('in the future')
  const empty = parse('--since', '2026-01-02', '--until', '2026-01-02')
  expect(() => toWindow(empty, now)).toThrow('later than --since')
})
