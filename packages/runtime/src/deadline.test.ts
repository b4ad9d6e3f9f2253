import { getEventListeners, once } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, expect, test, vi } from 'vitest'
import { ABORTED, LATE, unlessAborted, within } from './deadline.ts'

afterEach(() => void vi.useRealTimers())

const never = () => new Promise<never>(() => {})

test('work that is done in time gives its result, and its timer does not keep the process alive', async () => {
  vi.useFakeTimers()
  expect(await within(60_000, Promise.resolve('done'))).toBe('done')
  expect(vi.getTimerCount()).toBe(0)
})

test('work that fails in time rejects as it does, and its timer is gone', async () => {
  vi.useFakeTimers()
  await expect(within(60_000, Promise.reject(new Error('broken')))).rejects.toThrow('broken')
  expect(vi.getTimerCount()).toBe(0)
})

test('work that hangs is late at the deadline, not before', async () => {
  vi.useFakeTimers()
  const waiting = within(1_000, never())
  await vi.advanceTimersByTimeAsync(999)
  expect(vi.getTimerCount()).toBe(1)
  await vi.advanceTimersByTimeAsync(1)
  expect(await waiting).toBe(LATE)
  expect(vi.getTimerCount()).toBe(0)
})

test('work that gives nothing is not taken for late', async () => {
  expect(await within(60_000, Promise.resolve(undefined))).toBeUndefined()
  expect(await within(60_000, Promise.resolve(null))).toBeNull()
})

test('work that fails after its deadline is no unhandled rejection: that would end the process', async () => {
  const work = Promise.withResolvers<never>()
  expect(await within(1, work.promise)).toBe(LATE)
  await expect(unhandledBy(() => work.reject(new Error('too late to matter')))).resolves.toEqual([])
})

test('work that fails after the signal is no unhandled rejection', async () => {
  const work = Promise.withResolvers<never>()
  expect(await unlessAborted([AbortSignal.abort()], work.promise)).toBe(ABORTED)
  await expect(unhandledBy(() => work.reject(new Error('too late to matter')))).resolves.toEqual([])
})

test('each of the signals ends the wait, also one that had aborted before work was done at once', async () => {
  const stop = new AbortController()
  const waiting = unlessAborted([new AbortController().signal, stop.signal], never())
  stop.abort()
  expect(await waiting).toBe(ABORTED)
  expect(await unlessAborted([stop.signal], Promise.resolve('done'))).toBe(ABORTED)
})

test('signals that live as long as the process gather no listeners', async () => {
  const { signal } = new AbortController()
  expect(await unlessAborted([signal], Promise.resolve('done'))).toBe('done')
  await expect(unlessAborted([signal], Promise.reject(new Error('broken')))).rejects.toThrow('broken')
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

/** What Node calls unhandled of that which `act` does. */
async function unhandledBy(act: () => void): Promise<unknown[]> {
  const others = process.rawListeners('unhandledRejection') as NodeJS.UnhandledRejectionListener[]
  process.removeAllListeners('unhandledRejection')
  const unhandled: unknown[] = []
  process.on('unhandledRejection', (reason) => void unhandled.push(reason))
  try {
    act()
    await nextTurn()
    // What nothing handles is told of by now; this shows that it would have been.
    const told = once(process, 'unhandledRejection')
    void Promise.reject(new Error('control'))
    await told
    return unhandled.filter((reason) => (reason as Error).message !== 'control')
  } finally {
    process.removeAllListeners('unhandledRejection')
    for (const listener of others) process.on('unhandledRejection', listener)
  }
}
