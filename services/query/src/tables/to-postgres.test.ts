import { expect, test } from 'vitest'
import { insightColumns } from './insight-columns.ts'
import { withTextEverywhere } from '../sample-insight.fixture.ts'
import { toPostgres } from './to-postgres.ts'

test('NUL, which Postgres cannot store, is in no parameter, whichever text of an insight holds it', () => {
  const place = { partition: 0, offset: 1, appendedAt: 2 }
  const row = { event: withTextEverywhere('a\0b'), place, facets: ['cluster=a\0b'] }
  const parameters = Object.entries(insightColumns).map(([name, { parameter }]) => [name, parameter(row)] as const)
  const texts = parameters.filter(([, value]) => String(value).includes('a\uFFFDb')).map(([name]) => name)
  expect(texts).toEqual(expect.arrayContaining(['clusters', 'reasoning', 'raw', 'origin_topic']))
  expect(parameters.filter(([, value]) => String(value).includes('\0'))).toEqual([])
})

test('an array is a literal in which quotes, backslashes and the word NULL mean themselves', () => {
  expect(toPostgres['text[]'](['a "b"', 'c\\d', 'NULL', ''])).toBe(String.raw`{"a \"b\"","c\\d","NULL",""}`)
})

test('(I2) what jsonb does not take is its nearest text, and everything else is as it was sent', () => {
  const same = '{"a":"\\\\u0000 b","n":1.50,"t":[true,null,"é😀"],"e":1e10}'
  expect(toPostgres.jsonb(same)).toBe(same)
  expect(toPostgres.jsonb(String.raw`{"a\u0000":"\ud800 \ud83d\ude00 \\u0000"}`)).toBe(
    String.raw`{"a�":"� 😀 \\u0000"}`,
  )
  const long = '7'.repeat(2_000)
  expect(toPostgres.jsonb(`{"n":[1e999999,-2E-5000,${long},3]}`)).toBe(`{"n":["1e999999","-2E-5000","${long}",3]}`)
})

test('(I8) a megabyte made to hurt is read once', () => {
  for (const part of ['\\\\', '\\"', '\\u0000', '1e9,', '9'])
    expect(String(toPostgres.jsonb(`{"a":"${part.repeat(100_000)}"}`)).length).toBeGreaterThan(100_000)
  const almostLong = `{"a":"${`${'9'.repeat(999)}x`.repeat(4_000)}"}`
  expect(toPostgres.jsonb(almostLong)).toBe(almostLong)
})
