import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ItemVerdict } from '../answer/judge-answer.ts'
import type { Judgement, RefusedJudgement } from '../answer/judge-reply.ts'
import type { Verdict } from '../answer/decide-outcomes.ts'
import { offsets, owned, work } from '../work/work.fixture.ts'
import { ownGroup, type Work } from '../work/work.ts'
import { settleCall, type CallEnd } from './settle-call.ts'

const circumstances = {
  maxAttempts: 3,
  answers: 5,
  begun: 9,
  lastAnswered: 6,
  now: 1_000,
  backoffMs: 1_000,
  maxWaitMs: 600_000,
}
const answer = {
  conversation_id: 'x',
  reasoning: 'r',
  sentiment_score: 0.5,
  confidence: 0.9,
  clusters: ['refund' as const],
}
const ITEMS: ItemVerdict[] = [
  { kind: 'accepted', answer, raw: null },
  { kind: 'missing' },
  { kind: 'invalid', reason: 'no score' },
]
const aliasOf = (i: number) => `alias ${i}`

const judgements = fc.constantFrom(
  { verdict: 'ok', reason: 'answered' } as const,
  { verdict: 'distrusted', reason: 'canary_wrong' } as const,
  { verdict: 'too_long', reason: 'length' } as const,
  { verdict: 'unsafe', reason: 'refused' } as const,
  { verdict: 'unknown', reason: 'no_usable_result' } as const,
)
const refusals = fc.constantFrom(
  { verdict: 'unsafe', reason: 'blocked' } as const,
  { verdict: 'too_long', reason: 'context' } as const,
  { verdict: 'too_long', reason: 'too_large' } as const,
  { verdict: 'refused', reason: 'request' } as const,
  { verdict: 'unknown', reason: 'not_a_completion' } as const,
)
/** Any end of a call that had so many conversations. */
const endOf = (conversations: number): fc.Arbitrary<CallEnd> =>
  fc.oneof(
    fc.constantFrom<CallEnd>({ kind: 'held' }, { kind: 'aborted' }),
    fc
      .record({ kind: fc.constantFrom('transient' as const, 'misconfigured' as const), unanswered: fc.boolean() })
      .map(({ kind, unanswered }): CallEnd => ({ kind, unanswered, reason: 'any', detail: '' })),
    fc.constant<CallEnd>({ kind: 'misconfigured', reason: 'request', detail: '', unanswered: false }),
    refusals.map((refusal): CallEnd => {
      const about = { detail: '', items: new Map(), unknown: 0, model: null, usage: null }
      return { kind: 'refused', judgement: { ...refusal, ...about } as RefusedJudgement }
    }),
    fc
      .tuple(judgements, fc.array(fc.constantFrom(...ITEMS), { minLength: conversations, maxLength: conversations }))
      .map(([verdict, items]): CallEnd => {
        // Only an answer that is believed, or was cut off, says anything about single conversations.
        const counts = verdict.verdict === 'ok' || verdict.reason === 'length'
        const judged = new Map(items.map((item, i) => [aliasOf(i), counts ? item : { kind: 'missing' as const }]))
        const judgement: Judgement = { ...verdict, detail: '', items: judged, unknown: 0, model: null, usage: null }
        return { kind: 'answered', judgement: judgement as Verdict, aliases: items.map((_, i) => aliasOf(i)) }
      }),
  )
/** Conversations of partitions of which some are lost, with any history. */
const batches = fc
  .array(
    fc.record({
      isLost: fc.boolean(),
      attempts: fc.nat(2),
      spoilt: fc.nat(3),
      together: fc.nat(3),
      alone: fc.nat(5),
      refusedSince: fc.constantFrom(null, 3, 7),
      isSuspicious: fc.boolean(),
    }),
    { minLength: 1, maxLength: 10 },
  )
  .map((all) => {
    const [ours, lost] = [owned(0), owned(1)]
    lost.lose()
    return all.map(({ isLost, attempts, spoilt, together, alone, refusedSince, isSuspicious }, offset): Work => {
      const unanswered = { together, alone, answers: 2, notBefore: 0 }
      const one = work(offset, { owned: isLost ? lost : ours, attempts, spoilt, unanswered, refusedSince })
      return isSuspicious ? { ...one, suspicion: 'role_markers', group: ownGroup(one) } : one
    })
  })
const calls = batches.chain((works) => fc.record({ works: fc.constant(works), end: endOf(works.length) }))

describe('what becomes of the conversations of a call', () => {
  test('(I2, I4) each has exactly one fate, whatever the call ended with, and its place in the log stays its own', () => {
    fc.assert(
      fc.property(calls, ({ works, end }) => {
        const { accepted, failed, again, unanswered, lost } = settleCall(works, end, circumstances)
        const fates = [...accepted, ...failed].map((one) => one.work).concat(again, unanswered, lost)
        expect(offsets(fates).toSorted((a, b) => a - b)).toEqual(offsets(works))
        for (const one of fates) expect(one.record).toBe(works[one.record.offset]?.record)
      }),
    )
  })

  test('(I2) of a lost partition nothing goes into another call, and nothing else is lost', () => {
    fc.assert(
      fc.property(calls, ({ works, end }) => {
        const { again, unanswered, lost } = settleCall(works, end, circumstances)
        expect([...again, ...unanswered].filter((one) => one.owned.lost.aborted)).toEqual([])
        expect(lost.filter((one) => !one.owned.lost.aborted)).toEqual([])
      }),
    )
  })

  test('a call that was not answered decides nothing and charges no attempt', () => {
    fc.assert(
      fc.property(calls, ({ works, end }) => {
        fc.pre(end.kind !== 'answered' && end.kind !== 'refused')
        const { accepted, failed, again, unanswered, lost } = settleCall(works, end, circumstances)
        expect({ accepted, failed }).toEqual({ accepted: [], failed: [] })
        const attempts = (ones: readonly Work[]) =>
          new Map(ones.map(({ record: { offset }, attempts }) => [offset, attempts]))
        expect(
          attempts([...again, ...unanswered, ...lost].toSorted((a, b) => a.record.offset - b.record.offset)),
        ).toEqual(attempts(works))
      }),
    )
  })

  test.each<[string, CallEnd, 'again' | 'unanswered']>([
    ['was held', { kind: 'held' }, 'again'],
    ['was given up at a stop', { kind: 'aborted' }, 'again'],
    ['met a limit', { kind: 'transient', reason: 'rate_limited', detail: '', unanswered: false }, 'again'],
    [
      'was refused whatever it is about',
      { kind: 'misconfigured', reason: 'request', detail: '', unanswered: false },
      'unanswered',
    ],
    ['got no response', { kind: 'transient', reason: 'timeout', detail: '', unanswered: true }, 'unanswered'],
  ])('after a call that %s its conversations go again in their turn', (_how, end, fate) => {
    const fates = settleCall([work(1), work(2)], end, circumstances)
    expect({ again: offsets(fates.again), unanswered: offsets(fates.unanswered) }).toEqual({
      again: [],
      unanswered: [],
      [fate]: [1, 2],
    })
  })
})
