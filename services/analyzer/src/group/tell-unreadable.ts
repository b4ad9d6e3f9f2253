import { createSparingLog } from '@insights/runtime/log-sparingly'
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
 * A short line, few of them, however many such records there are and whatever is in them: at each start the topic is
 * read whole.
 */
export function createUnreadableTeller(log: Logger): (signal: UnreadableSignal) => void {
  const sparing = createSparingLog({ log })
  return ({ key, offset, reason, detail }) => {
    const fault = detail === '' ? reason : `${reason}: ${detail}`
    sparing.warn(reason, { key: printable(key), offset, reason: fault }, 'a signal cannot be read and is ignored')
  }
}

const printable = (key: Buffer | null): string | null =>
  key && key.toString('latin1', 0, KEY_CHARACTERS).replace(/[^ !#-[\]-~]/g, '?')

const KEY_CHARACTERS = 80
