import { expect, test } from 'vitest'
import { z } from 'zod'
import { describeFaults } from './describe-faults.ts'

const faultsOf = (schema: z.ZodType, value: unknown) => {
  const { error } = schema.safeParse(value)
  return error ? describeFaults(error) : 'none'
}

test('every fault has its JSON pointer (RFC 6901), slashes and tildes escaped', () => {
  const schema = z.object({ 'a/b~c': z.object({ list: z.array(z.string().min(1, 'must not be empty')) }) })
  expect(faultsOf(schema, { 'a/b~c': { list: ['x', '', ''] } })).toBe(
    '/a~1b~0c/list/1: must not be empty; /a~1b~0c/list/2: must not be empty',
  )
})

test('(I8) a hundred thousand faults are described in a few lines', () => {
  const faults = faultsOf(z.array(z.string().min(1, 'must not be empty')), Array(100_000).fill(''))
  expect(faults).toMatch(/; and 99980 more$/)
  expect(faults.length).toBeLessThan(1_000)
})
