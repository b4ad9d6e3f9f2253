import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FIRST_ORIGIN, firstOriginHeader, firstOriginOf, originOf, placeOf } from './first-origin.ts'

const record = { topic: 'conversations.received', partition: 3, offset: 44, appendedAt: 2_000, headers: [] }
const header = (value: Buffer | string | null) => ({
  name: FIRST_ORIGIN,
  value: typeof value === 'string' ? Buffer.from(value) : value,
})

test('(I7) a record that is published again has the age of its first submission', () => {
  const origin = { topic: 'conversations.received', partition: 9, offset: 7, appended_at: 1_000 }
  expect(firstOriginOf({ ...record, headers: [firstOriginHeader(origin)] })).toEqual({ kind: 'ok', origin })
})

test('a record without the header is its own origin', () => {
  const { topic, partition, offset, appendedAt: appended_at } = record
  expect(firstOriginOf(record)).toEqual({ kind: 'ok', origin: { topic, partition, offset, appended_at } })
})

test('of several headers the last counts', () => {
  const origin = { topic: 't', partition: 0, offset: 1, appended_at: 5 }
  const later = { ...origin, offset: 2 }
  expect(firstOriginOf({ ...record, headers: [firstOriginHeader(origin), firstOriginHeader(later)] })).toEqual({
    kind: 'ok',
    origin: later,
  })
})

test.each([
  ['no JSON', 'yesterday'],
  ['null', null],
  ['a negative offset', '{"topic":"t","partition":0,"offset":-1,"appended_at":1}'],
  ['a fraction', '{"topic":"t","partition":0,"offset":1,"appended_at":1.5}'],
  ['not UTF-8', Buffer.from([0xff])],
  ['a megabyte', `"${'x'.repeat(1024 * 1024)}"`],
])('(I2) a header that is no origin is told, never guessed: %s', (_, value) => {
  expect(firstOriginOf({ ...record, headers: [header(value)] })).toMatchObject({
    kind: 'invalid',
    detail: expect.stringContaining('must be a JSON object'),
  })
})

test('(I7) an origin later than its own record would never be replaced, and is told', () => {
  const origin = { topic: 't', partition: 0, offset: 1, appended_at: 2_001 }
  expect(firstOriginOf({ ...record, headers: [firstOriginHeader(origin)] })).toMatchObject({ kind: 'invalid' })
})

test('(I2) what is made from a record whose header is invalid is of the record itself', () => {
  const { topic, partition, offset, appendedAt: appended_at } = record
  expect(originOf({ ...record, headers: [header('yesterday')] })).toEqual({ topic, partition, offset, appended_at })
  const first = { topic: 't', partition: 0, offset: 1, appended_at: 5 }
  expect(originOf({ ...record, headers: [firstOriginHeader(first)] })).toEqual(first)
})

test('any bytes in the header are read without an exception', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      expect(originOf({ ...record, headers: [header(Buffer.from(bytes))] })).toEqual(placeOf(record))
    }),
  )
})
