import type { RecordBatch } from '@insights/runtime/kafka/consume/consumer'
import { createLogger } from '@insights/runtime/logger'
import { describe, expect, test, vi } from 'vitest'
import { type Attempt, createRetries } from './retry-while-away.ts'

const setUp = () => {
  const time = { now: 1000 }
  const lost = new AbortController()
  const progress = vi.fn<() => void>()
  const batch: RecordBatch = {
    topic: 'insights.produced',
    partition: 3,
    records: [],
    fromOffset: 0,
    nextOffset: 0,
    highWatermark: 0,
    lease: { epoch: 1, signal: lost.signal },
    progress,
  }
  const retries = createRetries({
    log: createLogger({ service: 'test', level: 'silent' }),
    random: () => 0,
    monotonicNow: () => time.now,
  })
  return { lost, progress, batch, retries, time }
}

describe('whileAway', () => {
  test('tries until the world is back, keeps the membership meanwhile and says why it waits', async () => {
    const { retries, batch, progress } = setUp()
    const outcomes: Attempt<string>[] = [
      { ok: false, reason: 'away' },
      { ok: true, value: 'done' },
    ]
    const seen: (string | null)[] = []
    const value = await retries.whileAway(batch, async () => {
      seen.push(retries.waiting())
      return outcomes.shift() ?? { ok: false, reason: 'asked too often' }
    })
    expect(value).toBe('done')
    expect(seen).toEqual([null, 'away'])
    expect(progress).toHaveBeenCalledTimes(2)
    expect(retries.waiting()).toBeNull()
  })

  test('gives up at once when the lease is lost, even while an attempt hangs', async () => {
    const { retries, batch, lost } = setUp()
    const hanging = Promise.withResolvers<Attempt<string>>()
    const giveUp = retries.whileAway(batch, () => hanging.promise)
    lost.abort()
    expect(await giveUp).toBeNull()
    // What the attempt comes to afterwards does not matter, not even as an unhandled rejection.
    hanging.reject(new Error('too late'))
  })

  test('does not begin under a lost lease', async () => {
    const { retries, batch, lost } = setUp()
    lost.abort()
    const attempt = vi.fn<() => Promise<Attempt<string>>>()
    expect(await retries.whileAway(batch, attempt)).toBeNull()
    expect(attempt).not.toHaveBeenCalled()
  })

  test('(I9) an attempt that never ends is seen; waiting between attempts is not taken for it', async () => {
    const { retries, batch, lost, time } = setUp()
    expect(retries.silentMs()).toBe(0)
    const hanging = retries.whileAway(batch, () => new Promise(() => undefined))
    time.now += 90_000
    expect(retries.silentMs()).toBe(90_000)
    lost.abort()
    await hanging
    expect(retries.silentMs()).toBe(0)
  })

  test('a stop ends the waiting', async () => {
    const { retries, batch } = setUp()
    const value = retries.whileAway(batch, async () => {
      retries.stop()
      return { ok: false, reason: 'away' }
    })
    expect(await value).toBeNull()
  })

  test('(I9) an unknown error is not waited for', async () => {
    const { retries, batch } = setUp()
    await expect(retries.whileAway(batch, () => Promise.reject(new TypeError('a bug')))).rejects.toThrow('a bug')
  })
})
