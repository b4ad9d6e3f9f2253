import type { Event } from './events.ts'
import { expireState } from './expire-state.ts'
import type { Erasure, Insight, Place, State } from './state.ts'

/** What must be published once more, so that the last record of a key says what the tables say. */
export type Again =
  { of: string; kind: 'insight'; insight: Insight } | { of: string; kind: 'erasure'; erasure: Erasure }

/**
 * Compaction keeps the last record of a key. When that one is not what the tables hold (an older answer that came
 * later, an insight behind its erasure, a record that cannot be stored), a rebuild would serve it, so what they hold is
 * published behind it. A record that lies before the one in the tables, as in a replay, is no reason, nor is one that
 * says the same: so this ends.
 */
export function chooseAgain({
  of,
  state,
  home,
  oldest,
  last,
}: {
  of: string
  state: State
  /** The partition of the key by Kafka's default partitioner, where its insights are. */
  home: number
  /** What was submitted before (epoch ms) is kept no more, in the topic neither; null: everything is kept. */
  oldest: number | null
  /** The last record of the key in a batch, and what it says; null: it cannot be stored. */
  last: { place: Place; event: Event | null }
}): Again | null {
  const { insight, erasure } = oldest === null ? state : expireState(state, oldest)
  const held = insight ?? erasure
  if (held === null && oldest !== null && last.event?.kind === 'produced') {
    const erasedThrough = last.event.insight.origin.appended_at
    return erasedThrough < oldest ? { of, kind: 'erasure', erasure: { erasedThrough, place: last.place } } : null
  }
  if (insight === null && erasure !== null && isElsewhere(erasure, last, home)) return { of, kind: 'erasure', erasure }
  if (held === null || !isBehind(last.place, held.place)) return null
  if (insight !== null) return saysInsight(last.event, insight) ? null : { of, kind: 'insight', insight }
  return erasure === null || saysErasure(last.event, erasure) ? null : { of, kind: 'erasure', erasure }
}

/** In another partition both stay, and their age decides. Of rows of before it was kept the partition is not known. */
const isBehind = (last: Place, held: Place): boolean =>
  (held.partition === last.partition || held.partition === -1) && last.offset > held.offset

/**
 * A tombstone that a client with another partitioner wrote into another partition than the insight's: there compaction
 * would keep the insight for ever. One that was published again is told by its time, so this ends.
 */
const isElsewhere = (
  { erasedThrough }: Erasure,
  { place, event }: { place: Place; event: Event | null },
  home: number,
) =>
  event?.kind === 'erased' &&
  place.partition !== home &&
  event.erasedThrough === place.appendedAt &&
  event.erasedThrough === erasedThrough

const saysInsight = (event: Event | null, held: Insight): boolean =>
  event?.kind === 'produced' &&
  event.insight.insightId === held.insightId &&
  event.insight.createdAt === held.createdAt &&
  event.insight.origin.offset === held.origin.offset &&
  event.insight.origin.appended_at === held.origin.appended_at

const saysErasure = (event: Event | null, held: Erasure): boolean =>
  event?.kind === 'erased' && event.erasedThrough === held.erasedThrough
