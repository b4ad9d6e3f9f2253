import { lastHeader, type ConsumedRecord, type OutgoingHeader } from '@insights/runtime/kafka/records'

/**
 * The header of a tombstone that is published again: up to when submissions are erased (epoch ms). Its own append would
 * erase what was submitted since.
 */
const ERASED_THROUGH = 'insights-erased-through'

export const erasedThroughHeader = (at: number): OutgoingHeader => ({ name: ERASED_THROUGH, value: String(at) })

/** A header that is no time, or one later than the tombstone's append, does not count: the append does. */
export function erasedThroughOf({ appendedAt, headers }: Pick<ConsumedRecord, 'appendedAt' | 'headers'>): number {
  const text = lastHeader(headers, ERASED_THROUGH)?.toString() ?? ''
  const at = /^\d{1,15}$/.test(text) ? Number(text) : appendedAt
  return Math.min(at, appendedAt)
}
