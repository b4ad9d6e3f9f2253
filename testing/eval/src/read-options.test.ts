import { expect, test } from 'vitest'
import { readOptions } from './read-options.ts'

test('without options all sizes and all conversations are asked about', () => {
  expect(readOptions([])).toEqual({
    sizes: [1, 5, 10, 20],
    limit: undefined,
    seed: 1,
    concurrency: 64,
    canary: undefined,
  })
})

test('options are read, sizes in order and none twice', () => {
  const argv = ['--sizes', '10,1,10', '--limit=8', '--seed', '7', '--concurrency', '2', '--canary', 'off']
  expect(readOptions(argv)).toEqual({ sizes: [1, 10], limit: 8, seed: 7, concurrency: 2, canary: 'off' })
  expect(readOptions(['--help'])).toBeNull()
})

test.each([
  [['--sizes', '1,five'], '--sizes must be a whole number from 1 to 254, not "five"'],
  [['--sizes', '255'], '--sizes must be a whole number from 1 to 254, not "255"'],
  [['--limit', '0'], '--limit must be a whole number of at least 1, not "0"'],
  [['--seed', '-1'], 'seed'],
  [['--canary', 'none'], '--canary must be one of pair, one, off, not "none"'],
  [['--size', '1'], "'--size'"],
])('%j is refused with what is wrong', (argv, message) => {
  expect(() => readOptions(argv)).toThrow(message)
})
