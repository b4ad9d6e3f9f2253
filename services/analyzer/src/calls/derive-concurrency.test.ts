import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createConcurrency } from './derive-concurrency.ts'

const create = (more: Partial<Parameters<typeof createConcurrency>[0]> = {}) =>
  createConcurrency({ ratePerSecond: 10, ceiling: 1_000, floor: 1, ...more })

describe('the number of calls at once', () => {
  test('before there are enough calls, five seconds are assumed', () => {
    const concurrency = create()
    for (let i = 0; i < 19; i++) concurrency.observe(10)
    expect(concurrency.p95Ms()).toBe(5_000)
    expect(concurrency.limit()).toBe(65)
    concurrency.observe(10)
    expect(concurrency.p95Ms()).toBe(10)
  })

  test('it follows the slow calls, not the usual ones, or the cap would not be used', () => {
    const concurrency = create()
    for (let i = 0; i < 100; i++) concurrency.observe(i < 94 ? 2_000 : 8_000)
    expect(concurrency.limit()).toBe(102)
  })

  test.each([
    ['the ceiling holds when the provider is slow', { ceiling: 48 }, 60_000, 48],
    ['the floor holds when it is fast', { floor: 4, ratePerSecond: 0.2 }, 5, 4],
    ['the ceiling wins over the floor', { floor: 9, ceiling: 3 }, 1_000, 3],
    ['a rate of 500 with answers after 100 ms', { ratePerSecond: 500 }, 100, 65],
  ])('%s', (_, options, ms, limit) => {
    const concurrency = create(options)
    for (let i = 0; i < 40; i++) concurrency.observe(ms)
    expect(concurrency.limit()).toBe(limit)
  })

  test('(I8) only the last 256 calls count: an hour of slowness is forgotten', () => {
    const concurrency = create()
    for (let i = 0; i < 36_000; i++) concurrency.observe(20_000)
    for (let i = 0; i < 256; i++) concurrency.observe(1_000)
    expect(concurrency.p95Ms()).toBe(1_000)
  })

  test('it is sorted again after 16 calls, not for each', () => {
    const concurrency = create()
    for (let i = 0; i < 20; i++) concurrency.observe(1_000)
    expect(concurrency.p95Ms()).toBe(1_000)
    for (let i = 0; i < 15; i++) concurrency.observe(9_000)
    expect(concurrency.p95Ms()).toBe(1_000)
    concurrency.observe(9_000)
    expect(concurrency.p95Ms()).toBe(9_000)
  })

  test('of any latencies it is the smallest that 95 % do not exceed', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(60_000), { minLength: 20, maxLength: 400 }), (latencies) => {
        const concurrency = create()
        latencies.forEach(concurrency.observe)
        const window = latencies.slice(-256)
        const p95 = concurrency.p95Ms()
        const share = (test: (ms: number) => boolean) => window.filter(test).length / window.length
        expect(share((ms) => ms <= p95)).toBeGreaterThanOrEqual(0.95)
        expect(share((ms) => ms < p95)).toBeLessThan(0.95)
      }),
    )
  })
})
