import { getEventListeners } from 'node:events'
import { afterEach, expect, test, vi } from 'vitest'
import { pause } from './pause.ts'

afterEach(() => void vi.useRealTimers())

test('a stop ends the pause at once, and leaves no timer that keeps the process alive', async () => {
  vi.useFakeTimers()
  const stopped = new AbortController()
  const pausing = pause(60_000, stopped.signal)
  expect(vi.getTimerCount()).toBe(1)
  stopped.abort()
  await pausing
  expect(vi.getTimerCount()).toBe(0)
})

test('after a stop there is no pause', async () => {
  vi.useFakeTimers()
  await pause(60_000, AbortSignal.abort())
  expect(vi.getTimerCount()).toBe(0)
})

test('a signal that lives as long as the process gathers no listeners', async () => {
  const { signal } = new AbortController()
  await pause(1, signal)
  expect(getEventListeners(signal, 'abort')).toEqual([])
})
