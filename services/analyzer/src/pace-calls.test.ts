import { expect, test } from 'vitest'
import { pause } from '@insights/runtime/kafka/backoff'
import { createPacer } from './pace-calls.ts'

test('(I3) no eleven calls within a second, also after the event loop stood still', async () => {
  const pacer = createPacer({ ratePerSecond: 100, maxConcurrent: 48, now: () => performance.now() })
  const starts: number[] = []
  const jobs = Array.from({ length: 40 }, (_, i) =>
    pacer.schedule(async () => {
      starts.push(performance.now())
      // A stall lets several of Bottleneck's timers come due together.
      if (i === 10) for (const until = performance.now() + 60; performance.now() < until;);
    }),
  )
  await Promise.all(jobs)
  const gaps = starts.slice(1).map((start, i) => start - (starts[i] ?? 0))
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(pacer.spacingMs - 0.5)
})

test('(I3) the spacing counts from when a request really leaves: a slow handshake holds up its successors', async () => {
  const pacer = createPacer({ ratePerSecond: 100, maxConcurrent: 48, now: () => performance.now() })
  const departures: number[] = []
  const jobs = Array.from({ length: 12 }, (_, i) =>
    pacer.schedule(async (leave) => {
      await pause(i % 4 === 0 ? 40 : 0)
      departures.push(performance.now())
      leave()
      await pause(50)
    }),
  )
  await Promise.all(jobs)
  const gaps = departures.slice(1).map((at, i) => at - (departures[i] ?? 0))
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(pacer.spacingMs - 0.5)
})

test('a request that never leaves holds up nobody', async () => {
  const pacer = createPacer({ ratePerSecond: 1_000, maxConcurrent: 48, now: () => performance.now() })
  await pacer.schedule(() => Promise.reject(new Error('refused'))).catch(() => {})
  await expect(pacer.schedule(() => Promise.resolve('fine'))).resolves.toBe('fine')
})

test('no more than maxConcurrent calls run at once', async () => {
  const pacer = createPacer({ ratePerSecond: 1_000, maxConcurrent: 3, now: () => performance.now() })
  let running = 0
  let most = 0
  const release: (() => void)[] = []
  const jobs = Array.from({ length: 9 }, () =>
    pacer.schedule(async (leave) => {
      leave()
      most = Math.max(most, ++running)
      await new Promise<void>((resolve) => {
        release.push(resolve)
        if (running === 3 || release.length > 6) for (const done of release.splice(0)) done()
      })
      running--
    }),
  )
  await Promise.all(jobs)
  expect(most).toBe(3)
})

test('what a job throws comes back to its caller and holds up nobody', async () => {
  const pacer = createPacer({ ratePerSecond: 1_000, maxConcurrent: 1, now: () => performance.now() })
  const failing = pacer.schedule(() => Promise.reject(new Error('broken')))
  const next = pacer.schedule(() => Promise.resolve('fine'))
  await expect(failing).rejects.toThrow('broken')
  await expect(next).resolves.toBe('fine')
})
