import { describe, expect, test } from 'vitest'
import { retryUnanswered as after, isOftenUnanswered } from './retry-unanswered.ts'
import { work } from '../work/work.fixture.ts'
import type { Work } from '../work/work.ts'

const retryUnanswered = (works: readonly Work[], answers: number, now: number) =>
  after(works, { answers, now, maxWaitMs: 600_000 })
const works = (count: number) => Array.from({ length: count }, (_, i) => work(i))
const groups = (again: readonly Work[]) => again.map(({ group }) => group)

describe('the conversations of an unanswered call', () => {
  test('go again together, after three times in halves, and none is charged', () => {
    let again: readonly Work[] = works(4)
    for (const expected of [Array(4).fill('0/0'), Array(4).fill('0/0'), ['0/0', '0/0', '0/2', '0/2']]) {
      again = retryUnanswered(again, 0, 0)
      expect(groups(again)).toEqual(expected)
    }
    expect(again.every(({ attempts, spoilt, unanswered }) => attempts + spoilt + unanswered.together === 0)).toBe(true)
  })

  test('one alone goes again at once while no call is answered: then the provider is the cause', () => {
    let one: readonly Work[] = works(1)
    for (let i = 0; i < 50; i++) one = retryUnanswered(one, 7, 1_000)
    expect(one).toMatchObject([{ unanswered: { alone: 2, notBefore: 1_000 } }])
    expect(isOftenUnanswered(one)).toBe(false)
  })

  test('that its batch-mates were answered counts as well', () => {
    let again = retryUnanswered(works(2), 0, 0)
    for (let i = 0; i < 2; i++) again = retryUnanswered(again, 0, 0)
    let one = again.slice(0, 1)
    for (let i = 0; i < 3; i++) one = retryUnanswered(one, 1, 0)
    expect(isOftenUnanswered(one)).toBe(true)
  })

  test('alone, while others are answered in between, it waits ever longer and is known for it', () => {
    let one: readonly Work[] = works(1)
    const waits = Array.from({ length: 12 }, (_, answers) => {
      one = retryUnanswered(one, answers, 1_000)
      return [isOftenUnanswered(one), ((one[0]?.unanswered.notBefore ?? 0) - 1_000) / 1_000]
    })
    expect(waits.slice(0, 5)).toEqual([
      [false, 0],
      [false, 0],
      [true, 10],
      [true, 20],
      [true, 40],
    ])
    expect(waits.at(-1)).toEqual([true, 600])
  })
})
