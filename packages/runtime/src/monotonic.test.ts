import { expect, test } from 'vitest'
import { createMonotonic } from './monotonic.ts'

function fakeSource() {
  let precise = 1_000
  let uptime = 50_000
  const run = (ms: number) => {
    precise += ms
    uptime += ms
  }
  return {
    run,
    suspend: (ms: number) => void (uptime += ms),
    source: { precise: () => precise, uptimeMs: () => Math.floor(uptime / 10) * 10 },
  }
}

test('(I3) time in which the machine was suspended counts, so that a lease runs out meanwhile', () => {
  const { run, suspend, source } = fakeSource()
  const now = createMonotonic(source)
  const before = now()
  run(500)
  expect(now() - before).toBe(500)
  suspend(60_000)
  run(20)
  expect(now() - before).toBe(60_520)
  suspend(3_600_000)
  run(27)
  expect(now() - before).toBeGreaterThanOrEqual(3_660_547 - 10)
})

test('the coarse uptime adds no jitter: without a suspension it is the precise clock', () => {
  const { run, source } = fakeSource()
  const now = createMonotonic(source)
  const before = now()
  for (let ms = 0; ms < 1_000; ms++) run(0.7)
  expect(now() - before).toBeCloseTo(700, 6)
})
