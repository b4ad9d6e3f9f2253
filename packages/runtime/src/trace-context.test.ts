import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { childTraceparent, spanIdOf, traceIdOf } from './trace-context.ts'

const hex = (digits: number) =>
  fc
    .array(fc.constantFrom(...'0123456789abcdef'), { minLength: digits, maxLength: digits })
    .map((chars) => chars.join(''))
const id = (digits: number) => hex(digits).filter((text) => !/^0+$/.test(text))
const bytes = (n: number) => Buffer.alloc(n, 0xab)

test('work done for a valid parent stays in its trace and has a span of its own', () => {
  fc.assert(
    fc.property(id(32), id(16), hex(2), (traceId, spanId, flags) => {
      const child = childTraceparent(`00-${traceId}-${spanId}-${flags}`, bytes)
      const known = (Number.parseInt(flags, 16) & 3).toString(16).padStart(2, '0')
      expect(child).toBe(`00-${traceId}-${'ab'.repeat(8)}-${known}`)
      expect([traceIdOf(child), spanIdOf(child)]).toEqual([traceId, 'ab'.repeat(8)])
    }),
  )
})

test('what comes from elsewhere never breaks the header: always a valid traceparent', () => {
  fc.assert(
    fc.property(fc.option(fc.string(), { nil: undefined }), (parent) => {
      expect(childTraceparent(parent, randomBytes)).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/)
    }),
  )
})

test.each([
  ['nothing', undefined],
  ['upper case', '00-0AF7651916CD43DD8448EB211C80319C-B7AD6B7169203331-01'],
  ['the forbidden version', 'ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
  ['a trace id of zeros', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`],
  ['a span id of zeros', `00-0af7651916cd43dd8448eb211c80319c-${'0'.repeat(16)}-01`],
  ['more than version 00 has', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what'],
  ['two headers joined', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01, 00-1-2-3'],
])('%s begins a new, sampled trace', (_name, parent) => {
  expect(childTraceparent(parent, bytes)).toBe(`00-${'ab'.repeat(16)}-${'ab'.repeat(8)}-01`)
  expect(traceIdOf(parent)).toBeUndefined()
})

test('a later version is read as far as we know it', () => {
  const parent = 'cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-the-future-will-be-like'
  expect(childTraceparent(parent, bytes)).toBe(`00-0af7651916cd43dd8448eb211c80319c-${'ab'.repeat(8)}-01`)
})

test('ids are never all zeros, whatever the random source gives', () => {
  expect(childTraceparent(undefined, (n) => Buffer.alloc(n))).toBe(`00-${'0'.repeat(31)}1-${'0'.repeat(15)}1-01`)
})
