import type { HeaderLike } from './limit-headers.ts'

/**
 * The header of a tombstone that is published again: up to when submissions are erased (epoch ms). Its own append would
 * erase what was submitted since.
 */
const ERASED_THROUGH = 'insights-erased-through'

export const erasedThroughHeader = (at: number): { name: string; value: string } => ({
  name: ERASED_THROUGH,
  value: String(at),
})

/**
 * Up to when (epoch ms) what was submitted is erased by this tombstone: by its header, else by its own append. A header
 * that is no time or is later than the append does not count: it would erase what is yet to come.
 */
export function erasedThroughOf({
  appendedAt,
  headers,
}: {
  appendedAt: number
  headers: readonly HeaderLike[]
}): number {
  const text = headers.findLast(({ name }) => name === ERASED_THROUGH)?.value?.toString() ?? ''
  const at = /^\d{1,15}$/.test(text) ? Number(text) : appendedAt
  return Math.min(at, appendedAt)
}
