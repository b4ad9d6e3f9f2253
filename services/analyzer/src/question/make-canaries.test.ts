import { randomInt } from 'node:crypto'
import { expect, test } from 'vitest'
import { makeCanaries } from './make-canaries.ts'

const texts = (canaries: ReturnType<typeof makeCanaries>) =>
  canaries.map(({ turns }) => turns.map(({ text }) => text).join('\n'))

test('a pair has one of each polarity, one alone has either, and a call about one conversation has none', () => {
  expect(makeCanaries('pair', 2, randomInt).map(({ polarity }) => polarity)).toEqual([1, -1])
  expect(makeCanaries('pair', 1, randomInt)).toEqual([])
  expect(makeCanaries('off', 10, randomInt)).toEqual([])
  const drawn = Array.from({ length: 100 }, () => makeCanaries('one', 10, randomInt))
  expect(new Set(drawn.map((canaries) => canaries.length))).toEqual(new Set([1]))
  expect(new Set(drawn.map(([canary]) => canary?.polarity))).toEqual(new Set([1, -1]))
})

test('(I4) no two calls have the same: not even with the source could one write a text that spares them', () => {
  const drawn = Array.from({ length: 500 }, () => texts(makeCanaries('pair', 10, randomInt))).flat()
  expect(new Set(drawn).size).toBeGreaterThan(990)
  for (const text of drawn) expect(text).not.toMatch(/[{}]/)
})
