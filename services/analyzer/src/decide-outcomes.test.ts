import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decideOutcomes, type Verdict } from './decide-outcomes.ts'
import type { ItemVerdict, Judgement } from './judge-answer.ts'
import { offsets, work } from './work.fixture.ts'

const answer = { conversation_id: 'a', reasoning: 'r', sentiment_score: 0, confidence: 1, clusters: [] }
const accepted: ItemVerdict = { kind: 'accepted', answer, raw: '{}' }
const missing: ItemVerdict = { kind: 'missing' }
const invalid: ItemVerdict = { kind: 'invalid', reason: 'sentiment_score: too big' }
const judged = (items: ItemVerdict[], verdict: Judgement['verdict'] = 'ok'): Judgement => ({
  verdict,
  detail: 'why',
  items: new Map(items.map((item, i) => [`a${i}`, item])),
  unknown: 0,
  model: null,
  usage: null,
})
const aliases = Array.from({ length: 20 }, (_, i) => `a${i}`)
const decide = (works: ReturnType<typeof work>[], verdict: Verdict) => decideOutcomes(works, aliases, verdict, 3)

describe('what becomes of the conversations of a call', () => {
  test('good ones are kept; only missing and invalid ones go again, charged', () => {
    const { accepted: kept, failed, again } = decide([work(0), work(1), work(2)], judged([missing, accepted, invalid]))
    expect(kept.map(({ work: { record } }) => record.offset)).toEqual([1])
    expect(failed).toEqual([])
    expect(again.map((w) => [w.record.offset, w.attempts])).toEqual([
      [0, 1],
      [2, 1],
    ])
  })

  test('the last attempt ends as a failure of the class that fits', () => {
    const last = { attempts: 2 }
    const { failed } = decide([work(0, last), work(1, last), work(2)], judged([missing, invalid, accepted]))
    expect(failed).toMatchObject([
      { class: 'missing_answer', work: { attempts: 3 } },
      { class: 'malformed_answer', work: { attempts: 3 }, detail: 'sentiment_score: too big' },
    ])
  })

  test('an answer that cannot be read charges nobody: once more as it was, then in halves', () => {
    const works = [0, 1, 2, 3].map((offset) => work(offset))
    const once = decide(works, judged([], 'unreadable')).again
    expect(once.map(({ attempts, unread, share }) => [attempts, unread, share])).toEqual(works.map(() => [0, 1, 10]))
    const twice = decide(once, judged([], 'unreadable')).again
    expect(twice.map(({ attempts, unread, share }) => [attempts, unread, share])).toEqual(works.map(() => [0, 2, 2]))
  })

  test('an answer without one usable result is no better than an unreadable one', () => {
    const { again } = decide([work(0), work(1)], judged([missing, invalid]))
    expect(again.map(({ attempts, unread }) => [attempts, unread])).toEqual([
      [0, 1],
      [0, 1],
    ])
  })

  test('one that was cut off, refused or blocked is halved at once', () => {
    for (const verdict of [
      judged([], 'too_long'),
      judged([], 'refused'),
      { kind: 'rejected', reason: 'unsafe', detail: 'why' } as const,
    ])
      expect(decide([work(0), work(1), work(2)], verdict).again.map(({ share }) => share)).toEqual([2, 2, 2])
  })

  test('who stands alone is charged; what the provider blocks is given up at once', () => {
    expect(decide([work(0)], judged([], 'unreadable')).again).toMatchObject([{ attempts: 1 }])
    expect(decide([work(0, { attempts: 2 })], judged([], 'unreadable')).failed).toMatchObject([
      { class: 'malformed_answer', detail: 'why' },
    ])
    const blocked = { kind: 'rejected', reason: 'unsafe', detail: 'SAFETY_CHECK' } as const
    expect(decide([work(0)], blocked).failed).toMatchObject([{ class: 'unsafe', detail: 'SAFETY_CHECK' }])
  })

  test('(I2) every conversation of a call ends in exactly one place, and a poisonous one stands alone in the end', () => {
    const item = fc.constantFrom(accepted, missing, invalid)
    const verdict = fc.tuple(
      fc.array(item, { minLength: 20, maxLength: 20 }),
      fc.constantFrom('ok', 'unreadable', 'too_long', 'refused'),
    )
    const works = fc.array(
      fc.record({ attempts: fc.nat(2), unread: fc.nat(5), share: fc.integer({ min: 1, max: 20 }) }),
      {
        minLength: 1,
        maxLength: 20,
      },
    )
    fc.assert(
      fc.property(works, verdict, (given, [items, kind]) => {
        const sent = given.map((more, i) => work(i, more))
        const { accepted: kept, failed, again } = decide(sent, judged(items, kind as Judgement['verdict']))
        const ended = [...kept, ...failed].map((outcome) => outcome.work.record.offset)
        expect([...ended, ...offsets(again)].toSorted((a, b) => a - b)).toEqual(offsets(sent))
        for (const w of again) {
          const before = sent[w.record.offset] as (typeof sent)[number]
          const closer = w.attempts > before.attempts || w.unread > before.unread
          expect(closer).toBe(true)
        }
      }),
    )
  })
})
