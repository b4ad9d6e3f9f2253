import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { listOf } from './list-of.ts'

const Item = z.object({ text: z.string().min(1), n: z.number().optional() })

/** A schema that counts how often it looks at a value. */
function counting() {
  let looks = 0
  const item = z.unknown().transform((value, context) => {
    looks++
    if (value === 0) context.addIssue('must not be 0')
    return value
  })
  return { item, looks: () => looks }
}

test('(I8) a list that is too long is refused before any of its items is looked at', () => {
  const { item, looks } = counting()
  const read = listOf(item, { min: 1, max: 1000 }).safeParse(Array(1001).fill(0))
  expect(read.error?.issues).toMatchObject([{ path: [], message: 'must have 1 to 1000 items' }])
  expect(looks()).toBe(0)
})

test('(I8) the looking ends with the first fault beyond those that an answer lists', () => {
  const { item, looks } = counting()
  const read = listOf(item, { min: 0, max: 10_000 }).safeParse(Array(10_000).fill(0))
  expect({ looks: looks(), faults: read.error?.issues.length }).toEqual({ looks: 101, faults: 101 })
})

test.each([
  ['absent', undefined, 'Missing: expected a list'],
  ['no list', { length: 1 }, 'must be a list'],
  ['empty', [], 'must have 1 to 3 items'],
])('a list that is %s says so', (_what, value, message) => {
  const read = z.object({ list: listOf(Item, { min: 1, max: 3 }) }).safeParse({ list: value })
  expect(read.error?.issues).toMatchObject([{ path: ['list'], message }])
})

test('short of that it reads what z.array() reads, and finds the same faults at the same places', () => {
  const value = fc.oneof(
    fc.record({ text: fc.string({ maxLength: 2 }), n: fc.oneof(fc.integer(), fc.string()) }, { requiredKeys: [] }),
    fc.jsonValue({ maxDepth: 1 }),
  )
  const [mine, plain] = [listOf(Item, { min: 0, max: 20 }), z.array(Item)]
  fc.assert(
    fc.property(fc.array(value, { maxLength: 20 }), (list) => {
      const [read, expected] = [mine.safeParse(list), plain.safeParse(list)]
      expect(read.data).toEqual(expected.data)
      expect(read.error?.issues).toEqual(expected.error?.issues)
    }),
  )
})

test('the API description knows it as the array that it is', () => {
  const described = z.toJSONSchema(z.object({ list: listOf(Item, { min: 1, max: 3 }) }), {
    io: 'input',
    unrepresentable: 'any',
  })
  const plain = z.toJSONSchema(z.object({ list: z.array(Item).min(1).max(3) }), { io: 'input' })
  expect(described).toEqual(plain)
})
