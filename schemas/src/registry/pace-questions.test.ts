import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createPace } from './pace-questions.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('a flood is held to the rate, with a second of it at once after a silence', async () => {
  const pace = createPace(100, () => Date.now())
  let asked = 0
  const flood = async () => {
    for (let i = 0; i < 1_000; i++) {
      await pace()
      asked++
    }
  }
  for (let i = 0; i < 8; i++) void flood()
  await vi.advanceTimersByTimeAsync(0)
  expect(asked).toBeLessThanOrEqual(101)
  await vi.advanceTimersByTimeAsync(10_000)
  expect(asked).toBeGreaterThan(1_050)
  expect(asked).toBeLessThanOrEqual(1_101)
})

test('a question after a silence does not wait', async () => {
  const pace = createPace(100, () => Date.now())
  for (let i = 0; i < 50; i++) await pace()
  expect(vi.getTimerCount()).toBe(0)
})
