import type { RecordBatch } from '@insights/runtime/kafka/consumer'
import { createLogger } from '@insights/runtime/logger'
import { describe, expect, test, vi } from 'vitest'
import { type Attempt, createPatience } from './keep-trying.ts'

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
  const patience = createPatience({
    log: createLogger({ service: 'test', level: 'silent' }),
    random: () => 0,
    monotonicNow: () => time.now,
  })
  return { lost, progress, batch, patience, time }
}

describe('keepTrying', () => {
  test('tries until the world is back, keeps the membership meanwhile and says why it waits', async () => {
    const { patience, batch, progress } = setUp()
    const outcomes: Attempt<string>[] = [
      { ok: false, reason: 'away' },
      { ok: true, value: 'done' },
    ]
    const seen: (string | null)[] = []
    const value = await patience.keepTrying(batch, async () => {
      seen.push(patience.waiting())
      return outcomes.shift() ?? { ok: false, reason: 'asked too often' }
    })
    expect(value).toBe('done')
    expect(seen).toEqual([null, 'away'])
    expect(progress).toHaveBeenCalledTimes(2)
    expect(patience.waiting()).toBeNull()
  })

  test('gives up at once when the lease is lost, even while an attempt hangs', async () => {
    const { patience, batch, lost } = setUp()
    const hanging = Promise.withResolvers<Attempt<string>>()
    const giveUp = patience.keepTrying(batch, () => hanging.promise)
    lost.abort()
    expect(await giveUp).toBeNull()
    // What the attempt comes to afterwards concerns nobody, not even as an unhandled rejection.
    hanging.reject(new Error('too late'))
  })

  test('does not begin under a lost lease', async () => {
    const { patience, batch, lost } = setUp()
    lost.abort()
    const attempt = vi.fn<() => Promise<Attempt<string>>>()
    expect(await patience.keepTrying(batch, attempt)).toBeNull()
    expect(attempt).not.toHaveBeenCalled()
  })

  test('(I9) an attempt that never ends is seen; waiting between attempts is not taken for it', async () => {
    const { patience, batch, lost, time } = setUp()
    expect(patience.silentMs()).toBe(0)
    const hanging = patience.keepTrying(batch, () => new Promise(() => undefined))
    time.now += 90_000
    expect(patience.silentMs()).toBe(90_000)
    lost.abort()
    await hanging
    expect(patience.silentMs()).toBe(0)
  })

  test('a stop ends the waiting', async () => {
    const { patience, batch } = setUp()
    const value = patience.keepTrying(batch, async () => {
      patience.stop()
      return { ok: false, reason: 'away' }
    })
    expect(await value).toBeNull()
  })

  test('(I9) an unknown error is not waited for', async () => {
    const { patience, batch } = setUp()
    await expect(patience.keepTrying(batch, () => Promise.reject(new TypeError('a bug')))).rejects.toThrow('a bug')
  })
})
