import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createBrokerClock, MAX_CLOCK_ERROR_MS, type BrokerClock } from './broker-clock.ts'

const OFFSET = 1.79e12

/** A probe sent at `at`; the broker's clock reads `offset` more than ours; the ways there and back take so long. */
function probe(clock: BrokerClock, at: number, { offset = OFFSET, there = 0.5, back = 0.5 } = {}) {
  clock.sample({ sentAt: at, receivedAt: at + there + back, appendTime: Math.floor(at + there + offset) })
}

/** Probed every 5 s from 0 to `until`. */
function steady(until: number, options?: Parameters<typeof probe>[2]): BrokerClock {
  const clock = createBrokerClock()
  for (let at = 0; at <= until; at += 5_000) probe(clock, at, options)
  return clock
}

describe('when the broker time may be used', () => {
  test('(I3) not before the first sample, nor for a settling time after it: a step may have come just before', () => {
    const clock = createBrokerClock()
    expect([clock.now(0), clock.fault(0), clock.errorMs(0)]).toEqual([null, 'unknown', Infinity])
    for (const at of [0, 5_000, 10_000, 15_000]) probe(clock, at)
    expect([clock.now(15_000), clock.fault(15_000)]).toEqual([null, 'settling'])
    expect(clock.fault(15_001)).toBeNull()
    expect(Math.abs((clock.now(15_001) ?? 0) - (15_001 + OFFSET))).toBeLessThanOrEqual(1)
  })

  test('(I3) not while probes fail: the clock may have been stepped since', () => {
    const clock = steady(20_000)
    expect(clock.fault(33_500)).toBeNull()
    expect([clock.now(33_501), clock.fault(33_501)]).toEqual([null, 'stale'])
    probe(clock, 35_000)
    expect(clock.fault(35_002)).toBe('settling')
  })

  test.each([-3_000, -20, 20, 3_000, 86_400_000])('(I3) not for a settling time after a step of %d ms', (step) => {
    const clock = steady(20_000)
    const offset = OFFSET + step
    for (const at of [25_000, 30_000, 35_000, 40_000]) probe(clock, at, { offset })
    expect([clock.steps(), clock.fault(40_000)]).toEqual([1, 'settling'])
    expect(Math.abs((clock.now(40_002) ?? 0) - (40_002 + offset))).toBeLessThanOrEqual(1)
  })

  test('(I3) an old time is out of use more than a second before any member uses the new one', () => {
    const unaware = steady(20_000)
    const aware = steady(20_000)
    const [stepAt, step] = [20_001, { offset: OFFSET + 500 }]
    for (let at = stepAt; at < 60_000; at += 1_000) probe(aware, at, step)
    let lastOld = 0
    for (let at = stepAt; unaware.now(at) !== null; at += 10) lastOld = at
    let firstNew = stepAt + 1
    while (aware.now(firstNew) === null) firstNew += 10
    expect(firstNew - lastOld).toBeGreaterThan(1_100)
  })

  test('a member that is alone need not settle, but an unknown or unconfirmed time is of no use to it either', () => {
    const alone = { alone: true }
    const clock = createBrokerClock()
    expect(clock.fault(0, alone)).toBe('unknown')
    probe(clock, 0)
    expect([clock.fault(2), clock.fault(2, alone)]).toEqual(['settling', null])
    expect([clock.now(13_501, alone), clock.fault(13_501, alone)]).toEqual([null, 'stale'])
  })

  test('a slew of 2 ms between two probes is followed without a pause', () => {
    const clock = createBrokerClock()
    for (let at = 0; at <= 120_000; at += 5_000) {
      const offset = OFFSET + (2 * at) / 5_000
      probe(clock, at, { offset })
      const offBy = (clock.now(at + 1) ?? NaN) - (at + 1 + offset)
      expect(Math.abs(offBy) <= 4 || at <= 15_000).toBe(true)
    }
    expect(clock.steps()).toBe(0)
  })

  test('a slow answer neither silences nor misleads, but does not confirm either', () => {
    const clock = steady(20_000)
    const before = clock.now(21_000)
    probe(clock, 20_500, { there: 60, back: 1 })
    expect(clock.now(21_000)).toBe(before)
    for (const at of [25_000, 30_000]) probe(clock, at, { there: 60, back: 1 })
    expect(clock.fault(33_501)).toBe('stale')
  })

  test('a slow answer still tells of a step, and a fast one is needed to trust the new time', () => {
    const clock = steady(20_000)
    probe(clock, 25_000, { offset: OFFSET + 500, there: 60, back: 1 })
    expect([clock.steps(), clock.fault(25_100)]).toEqual([1, 'unknown'])
    probe(clock, 30_000, { offset: OFFSET + 500 })
    expect([clock.steps(), clock.fault(30_100)]).toEqual([1, 'settling'])
  })

  test('for what is written down it is known from the first answer on, however slow, while probes fail and after a step', () => {
    const clock = createBrokerClock()
    expect(clock.estimate(0)).toBeNull()
    probe(clock, 0, { there: 150, back: 50 })
    expect([clock.now(300), Math.abs((clock.estimate(300) ?? NaN) - (300 + OFFSET)) < 101]).toEqual([null, true])
    probe(clock, 1_000)
    expect(Math.abs((clock.estimate(3_600_000) ?? NaN) - (3_600_000 + OFFSET))).toBeLessThanOrEqual(1)
    probe(clock, 4_000_000, { offset: OFFSET - 7_200_000, there: 60, back: 1 })
    expect([clock.now(4_000_100), clock.steps()]).toEqual([null, 1])
    expect(Math.abs((clock.estimate(4_000_100) ?? NaN) - (4_000_100 + OFFSET - 7_200_000))).toBeLessThanOrEqual(31)
  })

  test('a topic that is stamped by producers (append time −1), answers out of order: no sample', () => {
    const clock = steady(20_000)
    const before = clock.now(20_500)
    clock.sample({ sentAt: 20_100, receivedAt: 20_101, appendTime: -1 })
    clock.sample({ sentAt: 100, receivedAt: 20_101, appendTime: OFFSET })
    clock.sample({ sentAt: 20_200, receivedAt: 20_100, appendTime: OFFSET })
    expect([clock.now(20_500), clock.steps()]).toEqual([before, 0])
  })

  test('a settling time that leaves no second between two times is refused', () => {
    expect(() => createBrokerClock({ settleMs: 1_500 })).toThrow(RangeError)
  })
})

const delay = fc.oneof(
  { weight: 6, arbitrary: fc.double({ min: 0, max: 3, noNaN: true }) },
  { weight: 2, arbitrary: fc.double({ min: 0, max: 25, noNaN: true }) },
  { weight: 1, arbitrary: fc.double({ min: 0, max: 2_000, noNaN: true }) },
)
const anyProbes = fc.array(
  fc.record({ wait: fc.double({ min: 1, max: 9_000, noNaN: true }), there: delay, back: delay }),
  {
    minLength: 1,
    maxLength: 80,
  },
)
const anyDrift = fc.double({ min: -50e-6, max: 50e-6, noNaN: true })

test('(I3) whatever the network and both clocks’ drift do, the true time lies within errorMs', () => {
  fc.assert(
    fc.property(anyProbes, anyDrift, anyDrift, fc.nat({ max: 13_000 }), (probes, ours, brokers, later) => {
      // Two clocks that drift against true time; all that the estimator sees is read from them.
      const monotonic = (t: number) => 5_000 + t * (1 + ours)
      const broker = (t: number) => OFFSET + t * (1 + brokers)
      const clock = createBrokerClock()
      let t = 0
      for (const { wait, there, back } of probes) {
        t += wait
        const sent = t
        t += there + back
        clock.sample({
          sentAt: monotonic(sent),
          receivedAt: monotonic(t),
          appendTime: Math.floor(broker(sent + there)),
        })
        for (const at of [t, t + later]) {
          const now = clock.now(monotonic(at))
          if (now === null) continue
          expect(Math.abs(now - broker(at))).toBeLessThanOrEqual(clock.errorMs(monotonic(at)) + 0.01)
          expect(clock.errorMs(monotonic(at))).toBeLessThanOrEqual(MAX_CLOCK_ERROR_MS)
        }
      }
      expect(clock.steps()).toBe(0)
    }),
  )
})

test('(I3) whatever the broker’s clock does between probes, right after a confirming one it is known within the budget', () => {
  const anyShift = fc.oneof(
    fc.constant(0),
    fc.double({ min: -30, max: 30, noNaN: true }),
    fc.double({ min: -1e5, max: 1e5, noNaN: true }),
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(anyShift, delay, delay), { minLength: 4, maxLength: 80 }), (probes) => {
      const clock = createBrokerClock({ settleMs: 6_000 })
      let offset = OFFSET
      for (const [i, [shift, there, back]] of probes.entries()) {
        offset += shift
        const at = (i + 1) * 3_000
        probe(clock, at, { offset, there, back })
        const now = clock.now(at + there + back)
        if (now === null || there + back > 7) continue // wider ones need not confirm
        expect(Math.abs(now - (at + there + back + offset))).toBeLessThanOrEqual(MAX_CLOCK_ERROR_MS)
      }
    }),
    { numRuns: 300 },
  )
})
