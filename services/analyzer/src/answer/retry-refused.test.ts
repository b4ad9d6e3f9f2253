import { describe, expect, test } from 'vitest'
import type { RefusedJudgement } from './judge-reply.ts'
import { retryRefused, retryWhenRefusedToAll } from './retry-refused.ts'
import { offsets, work } from '../work/work.fixture.ts'
import type { Work } from '../work/work.ts'

const refusal = (of: Pick<RefusedJudgement, 'verdict' | 'reason'>) =>
  ({ ...of, detail: 'why', items: new Map(), unknown: 0, model: null, usage: null }) as RefusedJudgement
const BLOCKED = refusal({ verdict: 'unsafe', reason: 'blocked' })
const CONTEXT = refusal({ verdict: 'too_long', reason: 'context' })
const TOO_LARGE = refusal({ verdict: 'too_long', reason: 'too_large' })
const REQUEST = refusal({ verdict: 'refused', reason: 'request' })
const PAGE = refusal({ verdict: 'unknown', reason: 'not_a_completion' })
const ALL = [BLOCKED, CONTEXT, TOO_LARGE, REQUEST]

const NOW = 50_000
const circumstances = { maxAttempts: 3, begun: 10, lastAnswered: 9, now: NOW, backoffMs: 1_000, maxWaitMs: 600_000 }
const noneServed = { ...circumstances, lastAnswered: -1 }
const works = (count: number, more: Partial<Work> = {}) => Array.from({ length: count }, (_, i) => work(i, more))

describe('the conversations of a refused call', () => {
  test('go again in halves and none is charged, whatever the provider says', () => {
    for (const judgement of ALL) {
      const { failed, unanswered } = retryRefused(works(5), judgement, circumstances)
      expect(failed).toEqual([])
      expect(unanswered.map(({ group }) => group)).toEqual(['0/0', '0/0', '0/0', '0/3', '0/3'])
      expect(unanswered.every(({ attempts, unanswered: { notBefore } }) => attempts === 0 && notBefore === 0)).toBe(
        true,
      )
    }
  })

  test.each([
    [BLOCKED, 'unsafe'],
    [CONTEXT, 'too_large'],
  ])('one that was alone ends at once when the provider says that its text is at fault: %j', (judgement, cls) => {
    const { failed, unanswered } = retryRefused([work(0)], judgement, noneServed)
    expect(failed).toMatchObject([{ class: cls, detail: 'why', work: { attempts: 1 } }])
    expect(unanswered).toEqual([])
  })

  test('one that was alone, without a reason and while no other is served, is kept and asked again ever less often', () => {
    let one = work(0)
    const waits = Array.from({ length: 12 }, () => {
      const { failed, unanswered } = retryRefused([one], REQUEST, noneServed)
      expect(failed).toEqual([])
      one = unanswered[0] ?? one
      return (one.unanswered.notBefore - NOW) / 1_000
    })
    expect(waits.slice(0, 5)).toEqual([1, 2, 4, 8, 16])
    expect(waits.at(-1)).toBe(600)
    expect(one).toMatchObject({ attempts: 0, spoilt: 0, refusedSince: 10 })
  })

  test('it is charged when a call that began after its first refusal was answered, and not for one that began before', () => {
    const before = retryRefused([work(0, { refusedSince: 10 })], REQUEST, circumstances)
    expect(before).toMatchObject({ failed: [], unanswered: [{ attempts: 0 }] })
    let one = work(0, { refusedSince: 9 })
    for (const attempts of [1, 2]) {
      const { failed, unanswered } = retryRefused([one], REQUEST, circumstances)
      expect(failed).toEqual([])
      expect(unanswered).toMatchObject([{ attempts }])
      one = unanswered[0] ?? one
    }
    expect(retryRefused([one], REQUEST, circumstances).failed).toMatchObject([{ class: 'refused' }])
    expect(retryRefused([work(0, { refusedSince: 9 })], TOO_LARGE, circumstances).failed).toMatchObject([
      { class: 'too_large' },
    ])
  })

  test('a page in place of an answer may be bad luck: the same batch once more, then halves, and it may be tried later', () => {
    const once = retryRefused(works(4), PAGE, circumstances).unanswered
    expect(once.map(({ spoilt, group }) => [spoilt, group])).toEqual(works(4).map(() => [1, '0/0']))
    const twice = retryRefused(once, PAGE, circumstances).unanswered
    expect(twice.map(({ group }) => group)).toEqual(['0/0', '0/0', '0/2', '0/2'])
    const { failed } = retryRefused([work(0, { spoilt: 2, refusedSince: 0 })], PAGE, circumstances)
    expect(failed).toMatchObject([{ class: 'malformed_answer', retryable: true, work: { attempts: 3 } }])
  })

  test('while all are refused it is asked about others each time, and what it met before proves nothing', () => {
    const again = retryWhenRefusedToAll(works(10, { spoilt: 2, refusedSince: 1 }), { begun: 10 })
    expect(offsets(again)).toEqual(offsets(works(10)))
    expect(new Set(again.map(({ group }) => group)).size).toBe(2)
    expect(again.every(({ spoilt, refusedSince }) => spoilt === 0 && refusedSince === 10)).toBe(true)
  })
})

test('one poisonous conversation ends alone after at most 2·log2 N + 2 extra calls, wherever it stands', () => {
  for (const [judgement, cls] of [
    [BLOCKED, 'unsafe'],
    [CONTEXT, 'too_large'],
    [TOO_LARGE, 'too_large'],
    [REQUEST, 'refused'],
    [PAGE, 'malformed_answer'],
  ] as const)
    for (let count = 2; count <= 40; count++)
      for (let poison = 0; poison < count; poison++) {
        let waiting: readonly Work[] = works(count)
        const ended: string[] = []
        let calls = 0
        let lastAnswered = -1
        while (waiting.length > 0) {
          const batch = waiting.filter(({ group }) => group === waiting[0]?.group)
          const others = waiting.filter(({ group }) => group !== waiting[0]?.group)
          const number = calls++
          const isRefused = offsets(batch).includes(poison)
          if (!isRefused) lastAnswered = number
          const now = { ...circumstances, begun: calls, lastAnswered }
          const { failed, unanswered } = isRefused
            ? retryRefused(batch, judgement, now)
            : { failed: [], unanswered: [] }
          ended.push(...failed.map((one) => one.class))
          waiting = [...others, ...unanswered]
        }
        expect(ended).toEqual([cls])
        const most = judgement === REQUEST ? 3 : 2
        expect(calls - 1, `${poison} of ${count}: ${judgement.reason}`).toBeLessThanOrEqual(2 * Math.log2(count) + most)
      }
})
