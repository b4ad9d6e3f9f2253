import { expect, test } from 'vitest'
import { createProgress, describeProgress, describeSpan } from './show-progress.ts'

test('progress is told every few seconds, with an estimate, however often it is made', () => {
  const lines: string[] = []
  let now = 0
  const more = createProgress({ report: (line) => void lines.push(line), now: () => now })('reading x', 12_000)
  for (now = 10; now <= 12_000; now += 10) more(10)
  expect(lines).toEqual([
    'reading x: 5,000 of 12,000 (41 %), about 7 s left',
    'reading x: 10,000 of 12,000 (83 %), about 2 s left',
  ])
})

test('a step with nothing to do, or nothing done yet, has no estimate', () => {
  expect(describeProgress({ what: 'x', done: 0, total: 0, ms: 9 })).toBe('x: 0 of 0 (100 %), about 0 s left')
  expect(describeProgress({ what: 'x', done: 0, total: 5, ms: 9 })).toBe('x: 0 of 5 (0 %)')
})

test.each([
  [61_000, '61 s'],
  [600_001, '11 min'],
  [36_000_000, '10 h'],
  [864_000_000, '10 days'],
])('%d ms are %s', (ms, said) => expect(describeSpan(ms)).toBe(said))
