import type { OffsetRange } from '@insights/runtime/kafka/admin'
import { topics } from '@insights/schemas/topics'

/**
 * From when on (epoch ms) the topic still holds all that was submitted since `since`: `since` itself unless records
 * behind it have gone for their age. `firstAt` has the append of the first record of a partition that was read.
 */
export function heldSince(
  ranges: readonly OffsetRange[],
  { since, firstAt, now }: { since: number; firstAt: ReadonlyMap<number, number>; now: number },
): number {
  // Where reading begins at the first offset that is left, what was before it may have been in the window.
  const cut = ranges.filter(({ low, from }) => low > 0 && from === low)
  const begins = cut.map(({ partition }) => firstAt.get(partition) ?? now - RETENTION_MS)
  return Math.max(since, ...begins)
}

const RETENTION_MS = Number(topics.conversationsReceived.config['retention.ms'])
