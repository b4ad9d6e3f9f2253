import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addMark, MAX_SETTLED, splitMark, type Mark } from './encode-mark.ts'
import { decodeSettled, encodeSettled, MAX_METADATA } from './encode-settled.ts'

const marks = fc.oneof(
  fc.constant(null),
  fc.constant<Mark>({ kind: 'begun' }),
  fc.record({ kind: fc.constant('taking' as const), offset: fc.maxSafeNat(), ended: fc.nat(999) }),
)
const runs = fc.array(fc.tuple(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 1, max: 5_000 })), {
  maxLength: 2_000,
})

test('(I2) a mark takes nothing away from what is settled, and the broker takes both', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), runs, marks, (offset, pairs, mark) => {
      const start = Math.min(offset, 2 ** 50)
      const settled = encodeSettled(start, pairs.flat(), MAX_SETTLED)
      const metadata = addMark(settled, mark)
      expect(metadata.length).toBeLessThanOrEqual(MAX_METADATA)
      expect(splitMark(metadata)).toEqual({ settled, mark })
      expect(decodeSettled(start, splitMark(metadata).settled)).toEqual(decodeSettled(start, settled))
    }),
  )
})

test("another program's metadata says nothing and never throws", () => {
  fc.assert(
    fc.property(fc.string(), (metadata) => {
      const settled = metadata.replaceAll('!', '')
      expect(splitMark(settled)).toEqual({ settled, mark: null })
      expect(typeof splitMark(metadata).settled).toBe('string')
    }),
  )
  expect(splitMark('note!t12')).toEqual({ settled: 'note!t12', mark: null })
})
