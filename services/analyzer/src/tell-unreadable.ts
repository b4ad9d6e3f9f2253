import type { Logger } from '@insights/runtime/logger'
import type { Unreadable } from './decode-signal.ts'

/** A record that cannot be read. */
export interface UnreadableSignal {
  key: Buffer | null
  offset: number
  reason: Unreadable
  detail: string
}

/**
 * One short line for each reason and second, however many such records there are and whatever is in them: a topic is
 * read from its beginning at each start. A line says how many of its reason were left out since the one before.
 *
 * @param monotonic milliseconds.
 */
export function createUnreadableTeller(log: Logger, monotonic: () => number): (signal: UnreadableSignal) => void {
  const told = new Map<Unreadable, { at: number; untold: number }>()

  return ({ key, offset, reason, detail }) => {
    const last = told.get(reason)
    if (last !== undefined && monotonic() - last.at < EVERY_MS) return void last.untold++
    told.set(reason, { at: monotonic(), untold: 0 })
    const fault = detail === '' ? reason : `${reason}: ${detail}`
    const untold = last?.untold ?? 0
    log.warn({ key: printable(key), offset, reason: fault, ...(untold > 0 && { untold }) }, TEXT)
  }
}

const printable = (key: Buffer | null): string | null =>
  key && key.toString('latin1', 0, KEY_CHARACTERS).replace(/[^ !#-[\]-~]/g, '?')

const EVERY_MS = 1_000
const KEY_CHARACTERS = 80
const TEXT = 'a signal cannot be read, it is left out'
