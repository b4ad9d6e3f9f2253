import { expect, test } from 'vitest'
import { parseArguments } from './parse-arguments.ts'

test('nothing given means everything, kept data, no demo', () => {
  expect(parseArguments([])).toEqual({ ok: true, arguments: { demo: false, fresh: false, stackOnly: false } })
})

test('a misspelt option starts nothing and says what there is', () => {
  const parsed = parseArguments(['--dmeo'])
  expect(parsed).toMatchObject({ ok: false, exitCode: 2 })
  expect(!parsed.ok && parsed.text).toMatch(/--dmeo[\s\S]*--demo/)
})

test('a demo without services is a mistake', () => {
  expect(parseArguments(['--stack-only', '--demo'])).toMatchObject({ ok: false, exitCode: 2 })
})

test('help is no error', () => {
  expect(parseArguments(['--help'])).toMatchObject({ ok: false, exitCode: 0 })
})
