import { expect, test } from 'vitest'
import { describeRedriven } from './describe-redriven.ts'

const DAY_MS = 86_400_000
const done = {
  read: 12_345,
  selected: 1_300,
  published: new Map([
    ['expired', 900],
    ['refused', 100],
  ]),
  left: new Map([['because', 300]]),
  unmatched: [],
  oldest: 0,
}

test('an operator reads what was published and left, of a dry run also how long it will take', () => {
  const lines = ['  expired: 900', '  refused: 100', '300 were left alone:', '  because: 300']
  expect(describeRedriven(done, { dryRun: false, rate: 50, now: 1 })).toEqual([
    '12,345 failures read, 1,300 selected, 1,000 originals published',
    ...lines,
  ])
  expect(describeRedriven(done, { dryRun: true, rate: 5, now: 1 })).toEqual([
    '12,345 failures read, 1,300 selected, 1,000 originals would be published',
    ...lines.toSpliced(2, 0, '  at 5 a second: 4 min'),
  ])
})

test('what the topics may have forgotten is told of old originals, and only of them', () => {
  const [forgotten] = describeRedriven(done, { dryRun: false, rate: 50, now: 8 * DAY_MS }).slice(-1)
  expect(forgotten).toMatch(/of more than 7 days ago .* the tables know of both, and take no older analysis/)
  expect(describeRedriven(done, { dryRun: false, rate: 50, now: 6 * DAY_MS })).toHaveLength(5)
})

test('ids that no failure has are named, ten of them', () => {
  const unmatched = Array.from({ length: 11 }, (_, i) => `id-${i}`)
  const lines = describeRedriven({ ...done, unmatched }, { dryRun: false, rate: 50, now: 1 })
  expect(lines.at(-1)).toMatch(
    /^no failure among 12,345 has the id id-0, .*, id-9, …: it never failed, or longer than 30/,
  )
})
