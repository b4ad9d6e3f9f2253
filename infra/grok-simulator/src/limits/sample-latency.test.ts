import { describe, expect, test } from 'vitest'
import { sampleLatency } from './sample-latency.ts'
import { seededRandom } from '../seeded-random.ts'

const latency = { median_ms: 1000, sigma: 0.35, tail_share: 0.01, tail_factor: 5 }

function draw(count: number, seed: number, settings = latency): number[] {
  const random = seededRandom(seed)
  return Array.from({ length: count }, () => sampleLatency(settings, random)).toSorted((a, b) => a - b)
}

describe('sampleLatency', () => {
  test('the median and the tail are as configured, and no time is negative or endless', () => {
    const times = draw(20_000, 7)
    expect(times[10_000]).toBeGreaterThan(970)
    expect(times[10_000]).toBeLessThan(1030)
    const slow = times.filter((time) => time > 3500).length / times.length
    expect(slow).toBeGreaterThan(0.005)
    expect(slow).toBeLessThan(0.015)
    expect(times[0]).toBeGreaterThan(0)
    expect(times.every(Number.isFinite)).toBe(true)
  })

  test('the same seed draws the same times, another seed others', () => {
    expect(draw(50, 3)).toEqual(draw(50, 3))
    expect(draw(50, 3)).not.toEqual(draw(50, 4))
  })

  test('without spread and tail it is the median; a median of 0 answers at once', () => {
    expect(draw(5, 1, { median_ms: 40, sigma: 0, tail_share: 0, tail_factor: 1 })).toEqual([40, 40, 40, 40, 40])
    expect(draw(5, 1, { ...latency, median_ms: 0 })).toEqual([0, 0, 0, 0, 0])
  })
})
