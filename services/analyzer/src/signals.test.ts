import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  CLEAR,
  CLOCK_KEY,
  decodeSignal,
  encodeClock,
  encodeSpending,
  encodeWeather,
  follow,
  spendingKey,
  WEATHER_KEY,
  type Spending,
  type WeatherSignal,
} from './signals.ts'

const hold = fc.record(
  {
    kind: fc.constantFrom('weather', 'misconfigured'),
    reason: fc.string(),
    detail: fc.string(),
    by: fc.string(),
    until: fc.double({ min: 0, max: 1e13, noNaN: true }),
    step: fc.nat(),
    probe: fc.option(fc.record({ member: fc.string(), until: fc.nat() })),
  },
  { requiredKeys: ['kind', 'reason', 'by', 'until', 'step', 'probe'] },
)
const weatherSignal: fc.Arbitrary<WeatherSignal> = fc.record({
  member: fc.string(),
  base: fc.nat(8),
  hold: fc.option(hold),
  fairSince: fc.option(fc.nat()),
})
const key = Buffer.from(WEATHER_KEY)
const spending: fc.Arbitrary<Spending> = fc.record({
  revision: fc.integer({ min: 1 }),
  models: fc.array(
    fc.record({
      model: fc.string(),
      calls: fc.integer({ min: 1 }),
      usage: fc.record({
        prompt_tokens: fc.maxSafeNat(),
        cached_tokens: fc.maxSafeNat(),
        completion_tokens: fc.maxSafeNat(),
        reasoning_tokens: fc.maxSafeNat(),
        cost_usd_ticks: fc.maxSafeNat(),
      }),
    }),
  ),
  unanswered: fc.maxSafeNat(),
  reserved: fc.maxSafeNat(),
})

describe('signals as records', () => {
  test('what one analyzer writes another one reads', () => {
    fc.assert(
      fc.property(weatherSignal, (signal) => {
        const plain: unknown = JSON.parse(JSON.stringify(signal))
        expect(decodeSignal(key, encodeWeather(signal))).toEqual({ kind: 'weather', signal: plain })
      }),
    )
    expect(decodeSignal(Buffer.from(CLOCK_KEY), encodeClock({ member: 'm1' }))).toEqual({ kind: 'clock', member: 'm1' })
    const day = '2026-05-10'
    fc.assert(
      fc.property(fc.uuid(), fc.option(spending), (member, known) => {
        const plain = JSON.parse(JSON.stringify(known)) as Spending | null
        const read = decodeSignal(Buffer.from(spendingKey(day, member)), encodeSpending(known))
        expect(read).toEqual({ kind: 'spending', signal: { day, member, spending: plain } })
      }),
    )
  })

  test('(I9) whatever else lies in the topic is told apart and never thrown', () => {
    for (const value of [null, '', 'null', '{', '{"member":"a","base":-1,"hold":null,"fairSince":null}', '[]'])
      expect(decodeSignal(key, value === null ? null : Buffer.from(value)).kind).toBe('unreadable')
    // Only a record without a value is a deletion, and an amount that is none must not be added to the others.
    const none = { revision: 1, models: [], unanswered: 0, reserved: 0 }
    for (const value of ['', 'null', '{}', '[]', JSON.stringify({ ...none, reserved: -1 }), '{"reserved":1e999}'])
      expect(decodeSignal(Buffer.from(spendingKey('2026-05-10', 'a')), Buffer.from(value)).kind).toBe('unreadable')
    for (const other of ['spend/2026-05-10', 'spend/today/a', 'spend/2026-05-10/'])
      expect(decodeSignal(Buffer.from(other), encodeSpending(none)).kind).toBe('unreadable')
    for (const other of [null, Buffer.from('m1'), Buffer.alloc(0)])
      expect(decodeSignal(other, encodeClock({ member: 'm1' })).kind).toBe('unreadable')
  })
})

describe('following the log', () => {
  const follower = (signals: { signal: WeatherSignal; appendedAt: number }[]) =>
    signals.reduce((state, { signal, appendedAt }) => follow(state, signal, appendedAt, 70_000), CLEAR)
  const log = fc.array(fc.record({ signal: weatherSignal, appendedAt: fc.nat() }), { maxLength: 30 })

  test('reading some of it again changes nothing', () => {
    fc.assert(
      fc.property(log, fc.nat(), (signals, cut) => {
        const once = follower(signals)
        expect(follower([...signals, ...signals.slice(cut % (signals.length + 1))])).toEqual(
          signals.slice(cut % (signals.length + 1)).reduce((s, r) => follow(s, r.signal, r.appendedAt, 70_000), once),
        )
        expect(signals.reduce((s, r) => follow(s, r.signal, r.appendedAt, 70_000), once)).toBe(once)
      }),
    )
  })

  test('who begins where compaction left the log is put right by the next accepted signal', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ signal: weatherSignal, late: fc.nat(3) }), { maxLength: 30 }),
        fc.nat(),
        (made, cut) => {
          // Members only know states that the log has had: bases are never ahead of it.
          let full = CLEAR
          const states = made.map(({ signal, late }, i) => {
            const base = Math.max(0, full.version - late)
            const accepted = base === full.version
            full = follow(full, { ...signal, base }, i, 70_000)
            return { signal: { ...signal, base }, accepted, full }
          })
          let joined = CLEAR
          let settled = false
          for (const [i, { signal, accepted, full: truth }] of states.entries()) {
            if (i < cut % (states.length + 1)) continue
            joined = follow(joined, signal, i, 70_000)
            expect(joined.version).toBeLessThanOrEqual(truth.version)
            settled ||= accepted
            if (!settled) continue
            expect(joined.version).toBe(truth.version)
            expect(!accepted || joined.hold?.reason === truth.hold?.reason).toBe(true)
          }
        },
      ),
    )
  })

  test('who begins there takes nobody to be probing for granted', () => {
    const held = { kind: 'weather', reason: 'unavailable', by: 'a', until: 5, step: 1, probe: null } as const
    const signal = { member: 'a', base: 7, hold: held, fairSince: null }
    expect(follow(CLEAR, signal, 1_000, 70_000).hold?.probe).toEqual({ member: '', until: 71_000 })
    expect(follow({ ...CLEAR, version: 7 }, signal, 1_000, 70_000).hold?.probe).toBeNull()
  })

  test('a clock that is wrong cannot hold the group for ever, nor slow it down', () => {
    const held = { kind: 'weather', reason: 'unavailable', by: 'a', until: 1e15, step: 0, probe: null } as const
    const state = follow(CLEAR, { member: 'a', base: 0, hold: held, fairSince: 1e15 }, 1_000, 70_000)
    expect(state.hold?.until).toBe(1_000 + 25 * 3_600_000)
    expect(state.fairSince).toBe(1_000)
    expect(follow(CLEAR, { member: 'a', base: 0, hold: null, fairSince: 1e15 }, 1_000, 70_000).fairSince).toBe(1_000)
  })
})
