import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRateLimiter } from './limit-rate.ts'

test('a caller that keeps to the limit in every rolling second is never refused', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.double({ min: 0, max: 300, noNaN: true }), { maxLength: 200 }),
      (limit, gaps) => {
        const ask = createRateLimiter()
        const sent: number[] = []
        let now = 0
        for (const gap of gaps) {
          now += gap
          // Wait, as a polite caller does, until fewer than `limit` of its own calls are within a second.
          const earliest = sent.at(-limit)
          if (earliest !== undefined) while (now - earliest < 1000) now += 1
          sent.push(now)
          expect(ask('key', now, limit)).toEqual({ kind: 'within' })
        }
      },
    ),
  )
})

test('no rolling second holds more admitted calls than the limit, however the caller behaves', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(0, 1, 50, 99, 100, 500, 1000), { maxLength: 200 }), (gaps) => {
      const ask = createRateLimiter()
      const admitted: number[] = []
      let now = 0
      for (const gap of gaps) {
        now += gap
        if (ask('key', now, 10).kind === 'within') admitted.push(now)
      }
      for (const start of admitted) {
        expect(admitted.filter((time) => time >= start && time - start < 1000).length).toBeLessThanOrEqual(10)
      }
    }),
  )
})

test('each key has a limit of its own, and 0 is no limit', () => {
  const ask = createRateLimiter()
  expect(ask('a', 0, 1)).toEqual({ kind: 'within' })
  expect(ask('a', 999, 1)).toEqual({ kind: 'exceeded', actual: 2, limit: 1 })
  expect(ask('b', 999, 1)).toEqual({ kind: 'within' })
  expect(ask('a', 999, 0)).toEqual({ kind: 'within' })
})
