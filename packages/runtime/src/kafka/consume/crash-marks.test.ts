import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addMark, MARK_BYTES, splitMark, type Mark } from './crash-marks.ts'

const marks = fc.oneof(
  fc.constant(null),
  fc.constant<Mark>({ kind: 'begun' }),
  fc.record({ kind: fc.constant('taking' as const), offset: fc.maxSafeNat(), ended: fc.nat(999) }),
)

test('(I2) a mark takes nothing away from the other metadata, and is never longer than it may be', () => {
  fc.assert(
    fc.property(fc.base64String(), marks, (rest, mark) => {
      const metadata = addMark(rest, mark)
      expect(splitMark(metadata)).toEqual({ rest, mark })
      expect(metadata.length - rest.length).toBeLessThanOrEqual(MARK_BYTES)
    }),
  )
})

test("another program's metadata says nothing and never throws", () => {
  fc.assert(
    fc.property(fc.string(), (metadata) => {
      const rest = metadata.replaceAll('!', '')
      expect(splitMark(rest)).toEqual({ rest, mark: null })
      expect(typeof splitMark(metadata).rest).toBe('string')
    }),
  )
  expect(splitMark('note!t12')).toEqual({ rest: 'note!t12', mark: null })
})
