import type * as z from 'zod'
import { CLOCK_KEY, ClockProbe, Spending, COOLDOWN_KEY, CooldownSignal, type SpendingSignal } from './signals.ts'

/** A record of `analyzer.signals`. */
export type Signal =
  | { kind: 'cooldown'; signal: CooldownSignal }
  | ({ kind: 'clock' } & ClockProbe)
  | { kind: 'spending'; signal: SpendingSignal }
  | { kind: 'unreadable'; reason: Unreadable; detail: string }

/** Few, and of our own words: lines of the log are counted by them. */
export type Unreadable = 'too large' | 'unknown key' | 'not JSON' | 'breaks its contract'

/**
 * Never throws: records of another release, or of any other writer, are `unreadable`. What is larger than any analyzer
 * writes is not parsed, and of the faults that a schema finds only the first is reported: the faults of 58 KB were a
 * line of 5.8 MB.
 */
export function decodeSignal(key: Buffer | null, value: Buffer | null): Signal {
  if ((key?.length ?? 0) > KEY_BYTES_MAX) return unreadable('too large', `a key of ${key?.length} bytes`)
  if ((value?.length ?? 0) > VALUE_BYTES_MAX) return unreadable('too large', `a value of ${value?.length} bytes`)
  const name = key?.toString() ?? ''
  if (name === COOLDOWN_KEY) return parse(CooldownSignal, value, (signal) => ({ kind: 'cooldown', signal }))
  if (name === CLOCK_KEY) return parse(ClockProbe, value, (probe) => ({ kind: 'clock', ...probe }))
  const [, day, member] = SPENDING_KEY.exec(name) ?? []
  if (day === undefined || member === undefined || !isDay(day)) return unreadable('unknown key', '')
  if (value === null) return { kind: 'spending', signal: { day, member, spending: null } }
  return parse(Spending, value, (spending) => ({ kind: 'spending', signal: { day, member, spending } }))
}

function parse<T>(schema: z.ZodType<T>, value: Buffer | null, toSignal: (read: T) => Signal): Signal {
  let json: unknown
  try {
    json = JSON.parse(String(value))
  } catch {
    return unreadable('not JSON', '')
  }
  const parsed = schema.safeParse(json)
  if (parsed.success) return toSignal(parsed.data)
  // Names of our schema and places in an array: short, and no text of the record.
  const [first] = parsed.error.issues
  return unreadable('breaks its contract', `${first?.code ?? ''} at /${first?.path.join('/') ?? ''}`)
}

const unreadable = (reason: Unreadable, detail: string): Signal => ({ kind: 'unreadable', reason, detail })

/** Printable ASCII: read and written again it is the same bytes, so its record can be deleted. */
const SPENDING_KEY = /^spend\/(\d{4}-\d{2}-\d{2})\/([!-~]+)$/
/** Not the 99th of a month: such a day would be over never. */
const isDay = (day: string): boolean => {
  const at = Date.parse(day)
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(day)
}

/** More than an analyzer writes: `spend/<day>/<uuid>` and 21 models with names of 128 characters, all escaped. */
const KEY_BYTES_MAX = 200
const VALUE_BYTES_MAX = 32 * 1024
