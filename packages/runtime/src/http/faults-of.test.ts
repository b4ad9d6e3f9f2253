import { expect, test } from 'vitest'
import { z } from 'zod'
import { faultsOf } from './faults-of.ts'

function faults(schema: z.ZodType, value: unknown) {
  const parsed = schema.safeParse(value)
  return parsed.success ? [] : faultsOf(parsed.error.issues)
}

test('a fault deep in a union is told of the alternative that was meant', () => {
  const Item = z.union([z.string(), z.object({ a: z.array(z.number()) })])
  expect(faults(z.object({ item: Item }), { item: { a: [1, 'x'] } })).toEqual([
    { pointer: '/item/a/1', detail: 'Invalid input: expected number, received string' },
  ])
})

test('when no alternative fits at all, each is named', () => {
  expect(faults(z.union([z.string(), z.number()]), true)).toEqual([
    {
      pointer: '',
      detail: 'Invalid input: expected string, received boolean, or Invalid input: expected number, received boolean',
    },
  ])
})

test('each member that should not be there is pointed at itself', () => {
  expect(faults(z.strictObject({ a: z.string().optional() }), { 'b/c': 1, d: 2 })).toEqual([
    { pointer: '/b~1c', detail: 'Unknown member' },
    { pointer: '/d', detail: 'Unknown member' },
  ])
})

test('a fault in a key of a record is told with its reason', () => {
  expect(faults(z.record(z.string().max(2), z.number()), { abc: 1 })).toEqual([
    { pointer: '/abc', detail: 'Bad name: Too big: expected string to have <=2 characters' },
  ])
})

test('a value that is not there is said to be missing, not to be undefined', () => {
  expect(faults(z.object({ text: z.string() }), {})).toEqual([{ pointer: '/text', detail: 'Missing: expected string' }])
})
