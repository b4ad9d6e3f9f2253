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

  test('a clock that is wrong cannot hold the group for ever, nor slow it down', () => {
    const held = { kind: 'transient', reason: 'unavailable', by: 'a', until: 1e15, step: 0, probe: null } as const
    const state = follow(CLEAR, { member: 'a', base: 0, hold: held, succeededAt: 1e15 }, 1_000, 70_000)
    expect(state.hold?.until).toBe(1_000 + 25 * 3_600_000)
    expect(state.succeededAt).toBe(1_000)
    expect(follow(CLEAR, { member: 'a', base: 0, hold: null, succeededAt: 1e15 }, 1_000, 70_000).succeededAt).toBe(
      1_000,
    )
  })
})
