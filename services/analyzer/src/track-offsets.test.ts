import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createOffsetTracker } from './track-offsets.ts'

describe('the commit position of a partition', () => {
  test('before anything was admitted there is none', () => {
    expect(createOffsetTracker().position()).toBeNull()
  })

  test('an offset that came before is not admitted twice', () => {
    const tracker = createOffsetTracker()
    expect([3, 4, 4, 3, 9].map(tracker.admit)).toEqual([true, true, false, false, true])
    expect(tracker.inFlight()).toBe(3)
  })

  test('(I2, I5) in any order of admission and settling: nothing unsettled is committed, nothing settled is forgotten, never backward', () => {
    const gaps = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 60 })
    fc.assert(
      fc.property(gaps, fc.infiniteStream(fc.nat()), (steps, draws) => {
        const tracker = createOffsetTracker()
        const draw = (max: number) => (draws.next().value as number) % max
        const waiting = steps.map((_, i) => 100 + steps.slice(0, i).reduce((sum, step) => sum + step, 0))
        const all = [...waiting]
        const settled = new Set<number>()
        const inFlight: number[] = []
        let before = -1
        while (waiting.length + inFlight.length > 0) {
          if (waiting.length > 0 && (inFlight.length === 0 || draw(2) === 0)) {
            const next = waiting.shift() as number
            if (tracker.admit(next)) inFlight.push(next)
          } else {
            const [done] = inFlight.splice(draw(inFlight.length), 1) as [number]
            tracker.settle(done)
            settled.add(done)
          }
          const highest = all[all.length - waiting.length - 1] as number
          const position = tracker.position() as number
          expect(position).toBeGreaterThanOrEqual(before)
          expect(all.filter((offset) => offset < position).every((offset) => settled.has(offset))).toBe(true)
          expect(position).toBe(inFlight.length > 0 ? Math.min(...inFlight) : highest + 1)
          before = position
        }
        expect(tracker.position()).toBe((all.at(-1) as number) + 1)
        expect(tracker.inFlight()).toBe(0)
      }),
    )
  })
})
