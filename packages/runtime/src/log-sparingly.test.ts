import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createSparingLog } from './log-sparingly.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function setup() {
  const lines: object[] = []
  const log = { warn: (fields: object, message: string) => void lines.push({ ...fields, msg: message }) }
  return { lines, log: createSparingLog({ log }) }
}

test('a single line is written at once and as it is', () => {
  const { lines, log } = setup()
  log.warn('undecodable', { offset: 7 }, 'given up')
  vi.advanceTimersByTime(10_000)
  expect(lines).toEqual([{ offset: 7, msg: 'given up' }])
})

test('(I8) a flood is one line a second with the first of its offsets, and every record is in one of the counts', () => {
  const { lines, log } = setup()
  for (let offset = 0; offset < 20_000; offset++) {
    if (offset % 4_000 === 3_999) vi.advanceTimersByTime(500)
    log.warn('undecodable', { offset }, 'given up')
  }
  vi.advanceTimersByTime(10_000)
  expect(lines).toEqual([
    { offset: 0, msg: 'given up' },
    { offset: 1, left_out: 7_997, msg: 'given up' },
    { offset: 7_999, left_out: 7_999, msg: 'given up' },
    { offset: 15_999, left_out: 4_000, msg: 'given up' },
  ])
  const counted = lines.map((line) => 1 + ('left_out' in line ? Number(line.left_out) : 0))
  expect(counted.reduce((sum, one) => sum + one, 0)).toBe(20_000)
})

test('a flood of one reason hides no line of another', () => {
  const { lines, log } = setup()
  for (let offset = 0; offset < 100; offset++) log.warn('undecodable', { offset }, 'given up')
  log.warn('invalid', { offset: 100 }, 'given up')
  expect(lines).toEqual([
    { offset: 0, msg: 'given up' },
    { offset: 100, msg: 'given up' },
  ])
})

test('after a second of silence the next line is written at once again', () => {
  const { lines, log } = setup()
  for (const offset of [0, 1]) log.warn('undecodable', { offset }, 'given up')
  vi.advanceTimersByTime(2_000)
  log.warn('undecodable', { offset: 2 }, 'given up')
  expect(lines).toEqual([
    { offset: 0, msg: 'given up' },
    { offset: 1, msg: 'given up' },
    { offset: 2, msg: 'given up' },
  ])
})

test('(I8) made-up reasons share a line when there are too many', () => {
  const { lines, log } = setup()
  for (let i = 0; i < 10_000; i++) log.warn(`reason ${i}`, { i }, 'given up')
  expect(lines).toHaveLength(101)
  vi.advanceTimersByTime(1_000)
  expect(lines.at(-1)).toEqual({ i: 101, left_out: 9_898, msg: 'given up' })
})
