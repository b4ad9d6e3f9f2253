import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRateLimiter, takeTokens, type Bucket } from './limit-rate.ts'

const policy = 'conversations'

test("never more than one second's worth and the refill since, in any stretch of time", () => {
  const steps = fc.array(fc.record({ wait: fc.nat(3_000), wanted: fc.nat(50) }), { minLength: 1, maxLength: 60 })
  fc.assert(
    fc.property(fc.double({ min: 0.1, max: 1_000, noNaN: true }), steps, (perSecond, taken) => {
      let bucket: Bucket | undefined
      let now = 0
      const grants: { now: number; granted: number }[] = []
      for (const { wait, wanted } of taken) {
        now += wait
        const grant = takeTokens(bucket, { policy, perSecond, now }, wanted)
        bucket = grant.bucket
        expect(grant.granted).toBeLessThanOrEqual(wanted)
        grants.push({ now, granted: grant.granted })
      }
      for (const [from, first] of grants.entries()) {
        let sum = 0
        for (const { now: at, granted } of grants.slice(from)) {
          sum += granted
          expect(sum).toBeLessThanOrEqual(Math.max(1, perSecond) + ((at - first.now) / 1000) * perSecond + 1e-6)
        }
      }
    }),
  )
})

test('a client that waits as long as Retry-After says gets a token', () => {
  const rate = fc.double({ min: 0.01, max: 1_000, noNaN: true })
  fc.assert(
    fc.property(rate, fc.nat(100_000), fc.nat(2_000), (perSecond, now, wanted) => {
      const { bucket, retryAfter } = takeTokens(undefined, { policy, perSecond, now }, wanted)
      expect(Number.isInteger(retryAfter) && retryAfter >= 1).toBe(true)
      expect(takeTokens(bucket, { policy, perSecond, now: now + retryAfter * 1000 }, 1).granted).toBe(1)
    }),
  )
})

test('ten waits of a tenth of a second are a whole second, although 0.1 is no binary number', () => {
  let { bucket } = takeTokens(undefined, { policy, perSecond: 1, now: 0 }, 1)
  const granted: number[] = []
  for (let i = 1; i <= 10; i++) {
    const grant = takeTokens(bucket, { policy, perSecond: 1, now: i * 100 }, 1)
    bucket = grant.bucket
    granted.push(grant.granted)
  }
  expect(granted).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 1])
})

test('a clock that goes back gives nothing and takes nothing', () => {
  const { bucket } = takeTokens(undefined, { policy, perSecond: 10, now: 5_000 }, 10)
  const back = takeTokens(bucket, { policy, perSecond: 10, now: 1_000 }, 1)
  expect(back.granted).toBe(0)
  expect(takeTokens(back.bucket, { policy, perSecond: 10, now: 5_100 }, 1).granted).toBe(1)
})

test.each([
  [100, 1, '"conversations";q=100;w=1', '"conversations";r=99;t=1'],
  [100, 0, '"conversations";q=100;w=1', '"conversations";r=100;t=0'],
  [2.5, 1, '"conversations";q=2;w=1', '"conversations";r=1;t=1'],
  [0.5, 1, '"conversations";q=1;w=2', '"conversations";r=0;t=2'],
])('at %d/s after %d taken the fields are structured fields of integers', (perSecond, taken, quota, limit) => {
  expect(takeTokens(undefined, { policy, perSecond, now: 0 }, taken).fields).toEqual({
    'ratelimit-policy': quota,
    ratelimit: limit,
  })
})

test('what is wanted beyond the tokens is left over, as the bulk route needs it', () => {
  expect(takeTokens(undefined, { policy, perSecond: 10, now: 0 }, 25).granted).toBe(10)
})

test('each key has its own bucket, all clients without one share one', () => {
  const limiter = createRateLimiter({ policy, perSecond: 1, now: () => 0 })
  const granted = [null, null, { name: 'a' }, { name: 'b', rps: 2 }, { name: 'b', rps: 2 }, { name: 'b', rps: 2 }].map(
    (owner) => limiter.take(owner, 1).granted,
  )
  expect(granted).toEqual([1, 0, 1, 1, 1, 0])
})
