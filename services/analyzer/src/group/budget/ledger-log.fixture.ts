import { vi } from 'vitest'
import type { SpendingSignal } from '../signals.ts'

/** How the broker answers: `lost` says so, `silent` has it and does not say so. */
export type Fate = 'kept' | 'lost' | 'silent'

/**
 * The log of signals on vitest's fake timers, whose time is the broker's. Each member reads it when the test says so.
 */
export function createLedgerLog() {
  const records: (SpendingSignal & { appendedAt: number })[] = []
  const set: { fate: Fate } = { fate: 'kept' }
  let runs = 0

  /** A new run of a process. It must read before it knows the time. */
  function join() {
    const member = `m${runs++}`
    let alive = true
    let position = 0
    let caughtUp = false
    let receive: (signal: SpendingSignal, appendedAt: number) => void = () => {}
    return {
      member,
      options: {
        member,
        now: () => (caughtUp ? Date.now() : null),
        publish: (signals: readonly SpendingSignal[]) => {
          if (!alive) throw new Error('it is dead')
          const copies = structuredClone(signals.map((signal) => ({ ...signal, appendedAt: Date.now() })))
          if (set.fate !== 'lost') records.push(...copies)
          return Promise.resolve(set.fate === 'kept')
        },
        later: (run: () => void, ms: number) => void setTimeout(() => alive && run(), ms),
      },
      reads: (by: (signal: SpendingSignal, appendedAt: number) => void) => (receive = by),
      read: (count = Infinity) => {
        const until = Math.min(records.length, position + count)
        for (; position < until; position++) {
          const { appendedAt, ...signal } = records[position] as (typeof records)[0]
          receive(signal, appendedAt)
        }
        caughtUp ||= position === records.length
      },
      /** A rejoin: what was read comes again. */
      rewind: (to: number) => (position = Math.min(position, to)),
      loseClock: () => (caughtUp = false),
      /** kill -9 */
      kill: () => (alive = false),
    }
  }

  /** What compaction leaves. */
  function newest(): Map<string, SpendingSignal> {
    return new Map(records.map((signal) => [`${signal.day}/${signal.member}`, signal]))
  }
  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)
  return { records, set, join, newest, pass }
}
