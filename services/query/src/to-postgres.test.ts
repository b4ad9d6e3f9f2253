import { expect, test } from 'vitest'
import { insightColumns } from './insight-columns.ts'
import { withTextEverywhere } from './sample-insight.fixture.ts'
import { toPostgres } from './to-postgres.ts'

test('NUL, which Postgres cannot store, is in no parameter, whichever text of an insight holds it', () => {
  const row = { insight: withTextEverywhere('a\0b'), recordOffset: 1, recordAppendedAt: 2 }
  const parameters = Object.entries(insightColumns).map(([name, { parameter }]) => [name, parameter(row)] as const)
  const texts = parameters.filter(([, value]) => String(value).includes('a\uFFFDb')).map(([name]) => name)
  expect(texts).toEqual(expect.arrayContaining(['clusters', 'reasoning', 'raw', 'origin_topic']))
  expect(parameters.filter(([, value]) => String(value).includes('\0'))).toEqual([])
})

test('an array is a literal in which quotes, backslashes and the word NULL mean themselves', () => {
  expect(toPostgres['text[]'](['a "b"', 'c\\d', 'NULL', ''])).toBe(String.raw`{"a \"b\"","c\\d","NULL",""}`)
})
