import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRateLimiter } from './limit-rate.ts'

/** Asks, and adds what is within. */
function limiter(windowMs = 1000) {
  const { ask, add } = createRateLimiter(windowMs)
  return (atMs: number, limit: number, amount = 1, key = 'key') => {
    const pace = ask(key, atMs, amount, limit)
    if (pace.kind === 'within') add(key, atMs, amount)
    return pace
  }
}

/** Calls as they came, and as their bodies were there: each at most `lateMs` after its head. */
const lateBodies = (lateMs: number) =>
  fc
    .array(fc.record({ gap: fc.nat(300), late: fc.nat(lateMs) }), { maxLength: 100 })
    .map((calls) => {
      let atMs = 0
      return calls.map(({ gap, late }) => {
        atMs += gap
        return { atMs, readMs: atMs + late }
      })
    })
    .map((calls) => calls.toSorted((a, b) => a.readMs - b.readMs))

test('a caller that keeps to the limit in every rolling second is never refused, in whatever order its bodies come', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), lateBodies(9_000), (limit, calls) => {
      const ask = limiter()
      const sent: number[] = []
      const kept = new Map<object, number>()
      for (const call of calls.toSorted((a, b) => a.atMs - b.atMs)) {
        // Wait, as a polite caller does, until fewer than `limit` of its own calls are within a second.
        const earliest = sent.at(-limit)
        const atMs = earliest === undefined ? call.atMs : Math.max(call.atMs, earliest + 1000)
        if (atMs > call.readMs) continue
        sent.push(atMs)
        kept.set(call, atMs)
      }
      const inOrderOfBodies = calls.flatMap((call) => kept.get(call) ?? [])
      expect(inOrderOfBodies.filter((atMs) => ask(atMs, limit).kind !== 'within')).toEqual([])
    }),
  )
})

test('no rolling second holds more than the limit, however the caller behaves and in whatever order its bodies come', () => {
  fc.assert(
    fc.property(lateBodies(9_000), fc.integer({ min: 1, max: 12 }), (calls, limit) => {
      const ask = limiter()
      const admitted = calls.map(({ atMs }) => atMs).filter((atMs) => ask(atMs, limit).kind === 'within')
      for (const start of admitted)
        expect(admitted.filter((atMs) => atMs >= start && atMs - start < 1000).length).toBeLessThanOrEqual(limit)
    }),
  )
})

test('amounts are summed, what is refused uses up nothing, and actual is what the fullest window would hold', () => {
  const ask = limiter(60_000)
  expect(ask(0, 1000, 600)).toEqual({ kind: 'within' })
  expect(ask(59_999, 1000, 401)).toEqual({ kind: 'exceeded', actual: 1001, limit: 1000 })
  expect(ask(59_999, 1000, 400)).toEqual({ kind: 'within' })
  expect(ask(60_000, 1000, 600)).toEqual({ kind: 'within' })
  expect(ask(60_000, 1000, 2000)).toEqual({ kind: 'exceeded', actual: 3000, limit: 1000 })
})

test('each key has a limit of its own', () => {
  const ask = limiter()
  expect(ask(0, 1, 1, 'a')).toEqual({ kind: 'within' })
  expect(ask(999, 1, 1, 'a')).toEqual({ kind: 'exceeded', actual: 2, limit: 1 })
  expect(ask(999, 1, 1, 'b')).toEqual({ kind: 'within' })
})
