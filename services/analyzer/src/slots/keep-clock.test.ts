import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createBrokerClock } from './broker-clock.ts'
import { keepClock } from './keep-clock.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const EPOCH = 1_764_000_000_000
const sample = () => ({
  sentAt: performance.now() - 2,
  receivedAt: performance.now(),
  appendTime: EPOCH + Math.floor(performance.now()),
})

function create(probe: () => Promise<ReturnType<typeof sample> | null>) {
  const stopped = new AbortController()
  const clock = createBrokerClock({ settleMs: 7_000 })
  const crashes: unknown[] = []
  const heard: (string | null)[] = []
  let probes = 0
  const kept = keepClock({
    clock,
    probe: () => (probes++, probe()),
    everyMs: 2_000,
    onChange: () => heard.push(clock.fault(performance.now(), { alone: true })),
    signal: stopped.signal,
    onCrash: (error) => crashes.push(error),
  })
  return {
    clock,
    kept,
    crashes,
    heard,
    stop: () => stopped.abort(),
    probes: () => probes,
    pass: (ms: number) => vi.advanceTimersByTimeAsync(ms),
  }
}

test('the clock is known after the first answer, looked at a few times at once and then now and then', async () => {
  const { pass, heard, probes, clock } = create(() => Promise.resolve(sample()))
  await pass(0)
  expect(heard).toEqual([null])
  await pass(1_000)
  expect(probes()).toBe(6)
  await pass(20_000)
  expect(probes()).toBe(16)
  expect(clock.fault(performance.now())).toBeNull()
})

test('(I3) a probe that fails tells nothing, is made again, and all are told that the clock has become stale', async () => {
  let isAway = false
  const { pass, heard } = create(() => Promise.resolve(isAway ? null : sample()))
  await pass(1_000)
  isAway = true
  await pass(10_000)
  expect(heard.at(-1)).toBe('stale')
  isAway = false
  await pass(2_000)
  expect(heard.at(-1)).toBeNull()
})

test('(I8) a stop ends it at once and leaves no timer', async () => {
  const { pass, kept, stop, probes } = create(() => Promise.resolve(sample()))
  await pass(5_000)
  const before = probes()
  stop()
  await kept
  expect([probes() - before, vi.getTimerCount()]).toEqual([0, 0])
})

test('a stop during a probe waits for it and makes no other', async () => {
  const answer = Promise.withResolvers<null>()
  const { kept, stop, probes } = create(() => answer.promise)
  stop()
  answer.resolve(null)
  await kept
  expect(probes()).toBe(1)
})

test('(I9) an unknown error crashes', async () => {
  const { kept, crashes } = create(() => Promise.reject(new Error('odd')))
  await kept
  expect(crashes).toMatchObject([{ message: 'odd' }])
})
