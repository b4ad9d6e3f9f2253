import type { ConsumedRecord } from '@insights/runtime/kafka/records'
import { decodeSignal } from './decode-signal.ts'
import {
  CLEAR,
  COOLDOWN_KEY,
  encodeCooldown,
  encodeSpending,
  follow,
  spendingKey,
  type CooldownState,
  type Spending,
} from './signals.ts'

/** What the signals topic says to an analyzer that begins. */
export interface Holds {
  cooldown: CooldownState
  /** What each member has spent on the day that was asked for. */
  spent: Map<string, Spending>
}

/** From all records of the signals topic, in their order. @param day UTC, `yyyy-mm-dd`. */
export function readHolds(records: readonly ConsumedRecord[], day: string): Holds {
  let cooldown = CLEAR
  const spent = new Map<string, Spending>()
  for (const { key, value, appendedAt } of records) {
    const signal = decodeSignal(key, value)
    if (signal.kind === 'cooldown') cooldown = follow(cooldown, signal.signal, appendedAt, 0)
    if (signal.kind !== 'spending' || signal.signal.day !== day) continue
    const { member, spending } = signal.signal
    if (spending !== null && spending.revision > (spent.get(member)?.revision ?? 0)) spent.set(member, spending)
  }
  return { cooldown, spent }
}

/** The record that ends a hold, whatever members say at the same time: a step ahead of them, and not far ahead. */
export function clearCooldown({ cooldown }: Holds): { key: string; value: Buffer } {
  const signal = { member: 'operator', base: cooldown.version + AHEAD, hold: null, succeededAt: null }
  return { key: COOLDOWN_KEY, value: encodeCooldown(signal) }
}

/** The record that says that a member has spent nothing; one that runs says its own figure again. */
export function clearSpending({ spent }: Holds, day: string, member: string): { key: string; value: Buffer | null } {
  const revision = (spent.get(member)?.revision ?? 0) + 1
  return { key: spendingKey(day, member), value: encodeSpending({ revision, models: [], unanswered: 0, reserved: 0 }) }
}

const AHEAD = 100
