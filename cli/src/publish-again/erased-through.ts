import { lastHeader, type ConsumedRecord } from '@insights/runtime/kafka/records'

/** The header of a tombstone that is published again: up to when it erases, in epoch ms, as a decimal number. */
const ERASED_THROUGH = 'insights-erased-through'

/**
 * Up to when (epoch ms) what was submitted is erased by this tombstone: by its header, else by its own append. A header
 * that is no number or is later than that does not count: it would erase what is yet to come.
 */
export function erasedThrough({ appendedAt, headers }: ConsumedRecord): number {
  const text = lastHeader(headers, ERASED_THROUGH)?.toString() ?? ''
  const claimed = /^\d{1,15}$/.test(text) ? Number(text) : Infinity
  return Math.min(claimed, appendedAt)
}
