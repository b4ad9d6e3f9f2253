import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createHeartbeat } from './keep-heartbeat.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const setUp = () => {
  const calls = {
    failed: vi.fn<(error: unknown) => void>(),
    silent: vi.fn<(silentMs: number) => void>(),
    beat: vi.fn<() => Promise<void>>(() => Promise.resolve()),
  }
  const heartbeat = createHeartbeat({
    intervalMs: 1_000,
    maxSilenceMs: 5_000,
    onFailed: calls.failed,
    onSilent: calls.silent,
    now: () => Date.now(),
  })
  return { heartbeat, ...calls }
}

test('a handler that works for long keeps its partitions', async () => {
  const { heartbeat, beat } = setUp()
  const handler = heartbeat.enter(beat)
  await vi.advanceTimersByTimeAsync(4_000)
  expect(beat).toHaveBeenCalledTimes(4)
  handler.leave()
})

test('(I9) a hung handler loses its partitions: heartbeats stop until it shows progress', async () => {
  const { heartbeat, beat, silent } = setUp()
  const handler = heartbeat.enter(beat)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(beat).toHaveBeenCalledTimes(5)
  expect(silent).toHaveBeenCalled()
  handler.progress()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(beat).toHaveBeenCalledTimes(6)
  handler.leave()
})

test('(I9) one hung handler is not hidden by another that moves', async () => {
  const { heartbeat, beat } = setUp()
  heartbeat.enter(beat)
  const busy = heartbeat.enter(beat)
  for (let i = 0; i < 20; i++) {
    await vi.advanceTimersByTimeAsync(1_000)
    busy.progress()
  }
  expect(beat).toHaveBeenCalledTimes(5)
})

test('an idle process has no timer', () => {
  const { heartbeat, beat } = setUp()
  const [a, b] = [heartbeat.enter(beat), heartbeat.enter(beat)]
  a.leave()
  expect(vi.getTimerCount()).toBe(1)
  b.leave()
  expect(vi.getTimerCount()).toBe(0)
})

test('a refused heartbeat is told, not thrown into the void', async () => {
  const { heartbeat, failed } = setUp()
  const handler = heartbeat.enter(() => Promise.reject(new Error('rebalancing')))
  await vi.advanceTimersByTimeAsync(1_000)
  expect(failed).toHaveBeenCalledOnce()
  handler.leave()
})
