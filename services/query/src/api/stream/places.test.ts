import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { covers, decodePlaces, encodePlaces, farthest, isBehind, notBeyond } from './places.ts'

const places = fc.array(fc.integer({ min: -1, max: 2 ** 40 }), { maxLength: 20 })

describe('the id of an event', () => {
  test('comes back as the places that it was made of', () => {
    fc.assert(
      fc.property(places, (given) => {
        expect(decodePlaces(encodePlaces(given))).toEqual(given)
      }),
    )
  })

  test('any other text is refused', () => {
    const json = fc.json().map((text) => Buffer.from(text).toString('base64url'))
    fc.assert(
      fc.property(fc.oneof(fc.string(), json), (text) => {
        expect(decodePlaces(text)).toBeNull()
      }),
    )
    for (const content of [
      [2, [1]],
      [1, [-2]],
      [1, [0.5]],
      [1, Array(1_001).fill(0)],
      [1, [1], 1],
    ])
      expect(decodePlaces(Buffer.from(JSON.stringify(content)).toString('base64url'))).toBeNull()
  })
})

test('the farther of two places covers both, and no more than either has', () => {
  fc.assert(
    fc.property(places, places, fc.nat(25), fc.nat(1_000), (one, other, partition, offset) => {
      const both = farthest(one, other)
      expect(covers(both, one) && covers(both, other)).toBe(true)
      const place = { partition, offset }
      expect(isBehind(both, place)).toBe(isBehind(one, place) || isBehind(other, place))
    }),
  )
})

test('what is not beyond the heads is covered by them, and else as it was, however many partitions it names', () => {
  fc.assert(
    fc.property(places, places, fc.nat(25), fc.nat(1_000), (given, heads, partition, offset) => {
      const cut = notBeyond(given, heads)
      expect(cut).toHaveLength(heads.length)
      expect(covers(heads, cut)).toBe(true)
      const place = { partition, offset }
      expect(isBehind(cut, place)).toBe(isBehind(given, place) && isBehind(heads, place))
    }),
  )
})
