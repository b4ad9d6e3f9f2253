import { testContext } from '@insights/stack/test-context'
import fc from 'fast-check'
import pg from 'pg'
import { afterAll, expect, test } from 'vitest'
import { arrayParameter, type ElementType } from './array-parameter.ts'

const context = await testContext('query-array-parameter')
const client = new pg.Client({ connectionString: context.env['DATABASE_URL'] ?? '' })
await client.connect()
afterAll(async () => {
  await client.end()
  await context.stop()
})

const ms = fc.integer({ min: Date.parse('0001-01-01T00:00:00Z'), max: Date.parse('9999-12-31T23:59:59.999Z') })

/** By type: any value, and how Postgres is asked for it so that no digit is lost. */
const types: Record<ElementType, { any: fc.Arbitrary<string | number | boolean>; back: string }> = {
  text: { any: fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\0', '')), back: 'element' },
  bool: { any: fc.boolean(), back: 'element' },
  int4: { any: fc.integer(), back: 'element' },
  int8: { any: fc.maxSafeInteger(), back: 'element::float8' },
  float8: { any: fc.double({ noNaN: true }), back: 'element' },
  timestamp: { any: ms, back: "(extract(epoch from element at time zone 'UTC') * 1000)::float8" },
  timestamptz: { any: ms, back: '(extract(epoch from element) * 1000)::float8' },
}

test.each(Object.keys(types) as ElementType[])('a list of %s arrives as it was, nulls included', async (type) => {
  const { any, back } = types[type]
  await fc.assert(
    fc.asyncProperty(fc.array(fc.option(any, { freq: 5 }), { maxLength: 20 }), async (values) => {
      const parameter = arrayParameter(type, values as never[])
      const { rows } = await client.query<{ value: unknown }>(
        `select ${back} as value from unnest($1::${type}[]) with ordinality as row (element, n) order by n`,
        [parameter],
      )
      expect(rows.map(({ value }) => value)).toEqual(values)
    }),
    { numRuns: 50 },
  )
})

test('quotes, backslashes, braces and the word NULL mean themselves in a text', async () => {
  const texts = ['"', '\\', '\\"', '{', '}', ',', 'NULL', '', ' ', '\n', null]
  const { rows } = await client.query<{ texts: unknown }>('select $1::text[] as texts', [arrayParameter('text', texts)])
  expect(rows).toEqual([{ texts }])
})

test('a fraction is refused where whole numbers go: it would become another number', () => {
  expect(() => arrayParameter('int8', [1.5])).toThrow('1.5 is not a whole number')
  expect(() => arrayParameter('timestamptz', [0.0001])).toThrow('is not a whole number')
})
