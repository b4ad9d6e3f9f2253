import { describe, expect, test } from 'vitest'
import { createWeather, type BadWeather } from './weather.ts'

const create = (random = 0.5) => createWeather({ backoffMs: 1_500, probeMs: 30_000, random: () => random })
const outage: BadWeather = { kind: 'weather', reason: 'unavailable' }
const limited = (retryAfterMs?: number): BadWeather => ({ kind: 'weather', reason: 'rate_limited', retryAfterMs })

describe('the shared cool-down', () => {
  test('in fair weather calls leave at once', () => {
    const weather = create()
    expect(weather.waitMs(0)).toBe(0)
    weather.fair(weather.begin(0))
    expect(weather.reason()).toBeNull()
  })

  test('one failure holds all calls; then one probe goes ahead and everybody waits for its answer', () => {
    const weather = create()
    weather.bad(weather.begin(0), outage, 100)
    expect(weather.reason()).toBe('unavailable')
    expect(weather.waitMs(100)).toBe(750)
    expect(weather.waitMs(850)).toBe(0)
    const probe = weather.begin(850)
    expect(weather.waitMs(5_000)).toBe(Infinity)
    weather.fair(probe)
    expect(weather.waitMs(5_000)).toBe(0)
    expect(weather.reason()).toBeNull()
  })

  test('each failed probe doubles the wait, up to a minute', () => {
    const weather = create(0.999)
    let now = 0
    weather.bad(weather.begin(now), outage, now)
    const waits: number[] = []
    for (let i = 0; i < 9; i++) {
      waits.push(Math.round(weather.waitMs(now) / 100) / 10)
      now += weather.waitMs(now)
      weather.bad(weather.begin(now), outage, now)
    }
    expect(waits).toEqual([1.5, 3, 6, 12, 24, 48, 59.9, 59.9, 59.9])
  })

  test('the jitter is full: from nothing to the whole step', () => {
    for (const [random, wait] of [
      [0, 0],
      [0.25, 375],
    ] as const) {
      const weather = create(random)
      weather.bad(weather.begin(0), outage, 0)
      expect(weather.waitMs(0)).toBe(wait)
    }
  })

  test('Retry-After is honoured, however long, and never undercut', () => {
    const weather = create(0)
    weather.bad(weather.begin(0), limited(120_000), 0)
    expect(weather.waitMs(0)).toBe(120_000)
    weather.bad({ startedAt: 0 }, outage, 10)
    expect(weather.waitMs(10)).toBe(119_990)
    weather.bad({ startedAt: 0 }, limited(200_000), 10)
    expect(weather.waitMs(10)).toBe(200_000)
  })

  test('forty calls that fail together are one step, and an old answer does not end the wait', () => {
    const weather = create(0.999)
    const calls = Array.from({ length: 40 }, () => weather.begin(0))
    for (const call of calls) weather.bad(call, outage, 10)
    expect(weather.waitMs(10)).toBeLessThan(1_500)
    weather.fair({ startedAt: 0 })
    expect(weather.reason()).toBe('unavailable')
  })

  test('one that fails while calls begun later are answered is bad luck; a 429 is not', () => {
    const weather = create()
    const unlucky = weather.begin(0)
    weather.fair(weather.begin(100))
    weather.bad(unlucky, { kind: 'weather', reason: 'timeout' }, 60_000)
    expect(weather.reason()).toBeNull()
    weather.bad(unlucky, limited(), 60_000)
    expect(weather.reason()).toBe('rate_limited')
  })

  test('a misconfiguration is probed slowly, and a probe given up at a stop decides nothing', () => {
    const weather = create()
    weather.bad(weather.begin(0), { kind: 'misconfigured', reason: 'api_key' }, 0)
    expect(weather.waitMs(0)).toBe(30_000)
    weather.givenUp(weather.begin(30_000))
    expect(weather.waitMs(30_000)).toBe(0)
    expect(weather.reason()).toBe('api_key')
  })
})
