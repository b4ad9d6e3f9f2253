import { expect, test } from 'vitest'
import { toTextQuery } from './to-text-query.ts'

test('words, phrases, OR and what is not wanted stay what they are', () => {
  expect(toTextQuery('late refund')).toBe('late refund')
  expect(toTextQuery('"late refund" OR -angry')).toBe('"late refund" OR -angry')
  expect(toTextQuery('refund -"late  fee')).toBe('refund -"late fee"')
})

test('what has punctuation inside is a phrase of its words', () => {
  expect(toTextQuery("anna@example.com don't A-1234 <refund>")).toBe('"anna example com" "don t" "A 1234" refund')
  expect(toTextQuery('pay -follow-up')).toBe('pay -"follow up"')
})

test('a run of letters without spaces is a phrase', () => {
  expect(toTextQuery('返金 -ください')).toBe('"返金" -"ください"')
})

test('what has no word, or only such as must not be there, looks for nothing', () => {
  for (const text of ['!? ...', '""', '-', '-refund', '-"late fee"', 'or', '- OR -a'])
    expect(toTextQuery(text)).toBeNull()
})

test('(I8) the longest text is read once', () => {
  for (const part of ['"', '-"', '- ', 'a"', '"-', '返', '.'])
    expect(typeof toTextQuery(`a ${part.repeat(1_000)}`)).toBe('string')
})
