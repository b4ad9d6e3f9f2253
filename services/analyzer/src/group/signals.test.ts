import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CLEAR, follow, type CooldownSignal } from './signals.ts'
import { cooldownSignal } from './any-signal.fixture.ts'

describe('following the log', () => {
  const follower = (signals: { signal: CooldownSignal; appendedAt: number }[]) =>
    signals.reduce((state, { signal, appendedAt }) => follow(state, signal, appendedAt, 70_000), CLEAR)
  const log = fc.array(fc.record({ signal: cooldownSignal, appendedAt: fc.nat() }), { maxLength: 30 })

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

  test('a member that begins where compaction left the log is corrected by the next accepted signal', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ signal: cooldownSignal, late: fc.nat(3) }), { maxLength: 30 }),
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

  test('a member that begins there does not assume that none is probing', () => {
    const held = { kind: 'transient', reason: 'unavailable', by: 'a', until: 5, step: 1, probe: null } as const
    const signal = { member: 'a', base: 7, hold: held, succeededAt: null }
    expect(follow(CLEAR, signal, 1_000, 70_000).hold?.probe).toEqual({ member: '', until: 71_000 })
    expect(follow({ ...CLEAR, version: 7 }, signal, 1_000, 70_000).hold?.probe).toBeNull()
  })

  test.each([
    ['a back-off', { kind: 'transient' }, 65_000],
    ['what the provider asked for', { kind: 'transient', asked: 3_600_000 }, 3_605_000],
    ['a day, whatever it is said to have asked for', { kind: 'transient', asked: 1e12 }, 24 * 3_600_000 + 5_000],
    ['the wait between probes', { kind: 'misconfigured' }, 3_965_000],
  ] as const)(
    'a hold is believed for %s, whatever it says: a wrong clock or a forged record holds no longer',
    (_, of, longest) => {
      const held = { reason: 'unavailable', by: 'a', until: 1e15, step: 0, probe: null, ...of }
      const state = follow(CLEAR, { member: 'a', base: 0, hold: held, succeededAt: 1e15 }, 1_000, 70_000)
      expect(state.hold?.until).toBe(1_000 + longest)
      expect(state.succeededAt).toBe(1_000)
      expect(follow(CLEAR, { member: 'a', base: 0, hold: null, succeededAt: 1e15 }, 1_000, 70_000).succeededAt).toBe(
        1_000,
      )
    },
  )

  test('a probe is believed for as long as one takes', () => {
    const probe = { member: 'x', until: 8.64e15 }
    const held = { kind: 'transient', reason: 'unavailable', by: 'a', until: 5, step: 1, probe } as const
    const state = follow(CLEAR, { member: 'a', base: 0, hold: held, succeededAt: null }, 1_000, 70_000)
    expect(state.hold?.probe).toEqual({ member: 'x', until: 76_000 })
  })

  const held = { kind: 'transient', reason: 'forged', by: 'x', until: 1e15, step: 0, probe: null } as const
  const forged = { member: 'x', base: 2 ** 53 - 1, hold: held, succeededAt: null }
  const at = 1_772_359_200_000

  test('(I9) a state that the group cannot have come to is refused; one that it can have is taken', () => {
    const state = follow(CLEAR, { member: 'a', base: 5, hold: null, succeededAt: null }, at, 70_000)
    expect(follow(state, forged, at + 1, 70_000)).toBe(state)
    expect(follow(state, { ...forged, base: 6 + 1_100 }, at + 1, 70_000)).toBe(state)
    // After a minute without a signal that was read, six thousand may be missing.
    expect(follow(state, { ...forged, base: 6 + 1_100 }, at + 60_000, 70_000)).toHaveProperty('version', 1_107)
    expect(follow(CLEAR, forged, at, 70_000)).toBe(CLEAR)
  })

  test('(I9) a member that begins with a forged state, the newest of the log, goes back to the true one with the next signal', () => {
    const likely = { ...forged, base: 1_000_000_000 }
    const guess = follow(CLEAR, likely, at, 70_000)
    expect(guess).toMatchObject({ version: 1_000_000_001, hold: { reason: 'forged' } })
    const real = { member: 'a', base: 50, hold: null, succeededAt: null }
    const healed = follow(guess, real, at + 1, 70_000)
    expect(healed).toMatchObject({ version: 51, hold: null })
    // What is read again, after a rejoin, is not newer.
    expect(follow(guess, real, at - 1, 70_000)).toBe(guess)
    const known = follow(healed, { ...real, base: 51 }, at + 2, 70_000)
    expect(known).toMatchObject({ version: 52, isGuess: false })
    expect(follow(known, { ...real, base: 1 }, at + 3, 70_000)).toBe(known)
  })
})
