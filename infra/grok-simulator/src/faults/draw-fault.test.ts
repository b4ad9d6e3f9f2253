import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { armFaults, Fault, retryAfterHeader } from './draw-fault.ts'
import { faultKinds, type FaultKind } from './fault-kinds.ts'
import { seededRandom } from '../seeded-random.ts'

const read = (fault: unknown) => Fault.parse(fault)
const always = () => 0

describe('armFaults', () => {
  test('faults with next are a script: each takes its calls, one fault after the other, and is gone', () => {
    const faults = armFaults([read({ kind: 'unavailable', next: 2 }), read({ kind: 'no_credits', next: 1 })], 0, always)
    const drawn = [1, 2, 3, 4].map((now) => faults.draw(now, 1)?.kind ?? null)
    expect(drawn).toEqual(['unavailable', 'unavailable', 'no_credits', null])
    expect(faults.left(5)).toEqual([])
  })

  test('for_ms ends a fault at that time after it was set, used or not', () => {
    const faults = armFaults([read({ kind: 'overloaded', for_ms: 1000 })], 500, always)
    expect(faults.draw(1499, 1)?.kind).toBe('overloaded')
    expect(faults.left(1499)).toEqual([{ kind: 'overloaded', share: 1, for_ms: 1 }])
    expect(faults.draw(1500, 1)).toBeNull()
    expect(faults.left(1500)).toEqual([])
  })

  test('what is left of next counts the calls that got to the fault, hit or not', () => {
    const faults = armFaults([read({ kind: 'server_error', share: 0, next: 3 })], 0, always)
    expect(faults.draw(0, 1)).toBeNull()
    expect(faults.left(0)).toEqual([{ kind: 'server_error', share: 0, next: 2 }])
  })

  test('a call about fewer items than min_items does not get to the fault: it is neither hit nor counted', () => {
    const faults = armFaults(
      [read({ kind: 'server_error', next: 1, min_items: 8 }), read({ kind: 'overloaded', next: 1 })],
      0,
      always,
    )
    expect([7, 7, 8].map((items) => faults.draw(0, items)?.kind ?? null)).toEqual(['overloaded', null, 'server_error'])
  })

  test('share 1 hits every call and share 0 none, whatever is drawn; the first in the list wins', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (drawn) => {
        const list = [
          read({ kind: 'unavailable', share: 0 }),
          read({ kind: 'no_credits' }),
          read({ kind: 'overloaded' }),
        ]
        expect(armFaults(list, 0, () => drawn).draw(0, 1)?.kind).toBe('no_credits')
      }),
    )
  })

  test('the same seed hits the same calls, and about the asked share of them', () => {
    const hits = (seed: number) => {
      const faults = armFaults([read({ kind: 'server_error', share: 0.2 })], 0, seededRandom(seed))
      return Array.from({ length: 5000 }, (_, call) => faults.draw(call, 1) !== null)
    }
    expect(hits(7)).toEqual(hits(7))
    expect(hits(7)).not.toEqual(hits(8))
    expect(Math.abs(hits(7).filter(Boolean).length - 1000)).toBeLessThan(120)
  })
})

describe('Fault', () => {
  test('every kind in the table is taken', () => {
    for (const kind of Object.keys(faultKinds)) expect(read({ kind })).toEqual({ kind, share: 1 })
  })

  test.each<[string, unknown]>([
    ['an unknown kind', { kind: 'unavailble' }],
    ['an inherited name as a kind', { kind: 'constructor' }],
    ['an unknown field', { kind: 'unavailable', chance: 0.5 }],
    ['a share in per cent', { kind: 'unavailable', share: 50 }],
    ['no calls', { kind: 'unavailable', next: 0 }],
    ['half a call', { kind: 'unavailable', next: 1.5 }],
    ['no time', { kind: 'unavailable', for_ms: 0 }],
    ['a number for a header', { kind: 'unavailable', retry_after: 90 }],
    ['a wait that is neither seconds nor a date', { kind: 'unavailable', retry_after: 'soon' }],
    ['a header where nothing is said', { kind: 'reset_in_body', retry_after: '1' }],
  ])('%s is refused', (_name, fault) => {
    expect(Fault.safeParse(fault).success).toBe(false)
  })

  test('a header is taken by all that say something', () => {
    const speaking: FaultKind[] = ['rate_limited', 'unavailable', 'unavailable_in_200', 'hang_in_error_body']
    for (const kind of speaking)
      expect(read({ kind, retry_after: 'date:90' })).toMatchObject({ retry_after: 'date:90' })
  })
})

test('Retry-After is the seconds as they stand, or an HTTP date so many seconds ahead', () => {
  const now = Date.parse('2026-11-23T10:00:00Z')
  expect(retryAfterHeader('120', now)).toBe('120')
  expect(retryAfterHeader('date:90', now)).toBe('Mon, 23 Nov 2026 10:01:30 GMT')
})
