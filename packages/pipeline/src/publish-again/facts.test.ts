import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareOrigins } from '@insights/schemas/events/compare-origins'
import { learn, nothingKnown, whySkipped, type Fact } from './facts.ts'

const small = fc.nat({ max: 3 })
const origin = fc.record(
  {
    topic: fc.constantFrom('a', 'b'),
    partition: small,
    offset: small,
    appended_at: small,
  },
  { noNullPrototype: true },
)
/** One record is one insight. */
const answer = fc
  .record({ origin, appendedAt: small, offset: small })
  .map((at) => Object.assign(at, { promptVersion: JSON.stringify(at), costUsdTicks: 0 }))
const fact: fc.Arbitrary<Fact> = fc.oneof(
  fc.record({ kind: fc.constant('submission' as const), origin }),
  fc.record({ kind: fc.constant('erasure' as const), through: small }),
  fc.record({ kind: fc.constant('answer' as const), answer }),
)
const factsOf = (all: readonly Fact[]) => all.reduce(learn, nothingKnown)

test('(I7) what is known of a conversation depends neither on the order of the records nor on repetitions', () => {
  const shuffled = fc
    .array(fact, { maxLength: 12 })
    .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 })))
  fc.assert(
    fc.property(shuffled, ([all, again]) => {
      expect(factsOf(again)).toEqual(factsOf(all))
    }),
  )
})

test('(I7) the age of submissions is a total order: every two that differ are older and newer', () => {
  fc.assert(
    fc.property(origin, origin, origin, (a, b, c) => {
      expect(Math.sign(compareOrigins(a, b))).toBe(-Math.sign(compareOrigins(b, a)) + 0)
      expect(compareOrigins(a, b) === 0).toBe(isDeepStrictEqual(a, b))
      expect(compareOrigins(a, b) > 0 || compareOrigins(b, c) > 0 || compareOrigins(a, c) <= 0).toBe(true)
    }),
  )
})

test('(I7) a submission is published again only when nothing newer, no answer and no erasure at or after it is known', () => {
  fc.assert(
    fc.property(origin, fc.array(fact, { maxLength: 6 }), (own, all) => {
      const isAgainst = (one: Fact): boolean => {
        switch (one.kind) {
          case 'submission':
            return compareOrigins(one.origin, own) > 0
          case 'erasure':
            return one.through >= own.appended_at
          case 'answer':
            return compareOrigins(one.answer.origin, own) >= 0
        }
      }
      expect(whySkipped(own, factsOf(all)) !== null).toBe(all.some(isAgainst))
      const erased = all.some((one) => one.kind === 'erasure' && one.through >= own.appended_at)
      expect(whySkipped(own, factsOf(all)) === 'erased').toBe(erased)
    }),
  )
})
