import { MAX_CLOCK_ERROR_MS } from './broker-clock.ts'
import type { SlotPlan } from '@insights/pipeline/estimate/plan-slots'

/** What a group generation gave to this member. */
export interface Membership {
  /** Partitions of the input topic that this member owns. */
  partitions: ReadonlySet<number>
  /**
   * How many the topic has, as the group's leader told every member of this generation: never what we see ourselves.
   */
  partitionCount: number
  /** Broker time, ms: when the generation came into force for us. */
  since: number
}

/** A slot reached later than this after its start is skipped. */
export const LATE_MS = 12

/**
 * "May I call now, and when next": the first slot of ours that began at most `LATE_MS` ago, that this generation gave
 * us, that begins at or after `notBefore` (broker ms), and that comes after `lastSlot`. Null when we own nothing. Slot
 * k begins at k × slotMs in broker time (epoch ms; the same product on every machine) and belongs to the owner of
 * partition `k mod partitionCount`. A slot in the past (by up to LATE_MS) may be used at once.
 *
 * Each generation gives every slot to one member, and this keeps two generations apart: a member of the old one was
 * silent before we could be told of the new one, but its clock may have been ahead of ours. So a slot is ours from
 * `since` plus what two clocks can differ by; an earlier one may have been used already.
 *
 * Slot numbers and broker times from before a step of the broker's clock mean nothing. So `since` is worked out at each
 * call from a monotonic time, and `lastSlot` is null unless it was used at the same count of `steps()`, as read when it
 * was used: a timer may sleep through a step.
 */
export function chooseSlot({
  now,
  notBefore,
  membership,
  lastSlot,
  plan: { slotMs },
}: {
  now: number
  notBefore: number
  membership: Membership | null
  lastSlot: number | null
  plan: SlotPlan
}): { slot: number; startsAt: number } | null {
  if (membership === null) return null
  const earliest = Math.max(now - LATE_MS, notBefore, oursFrom(membership))
  const first = Math.max(firstSlotFrom(earliest, slotMs), lastSlot === null ? -Infinity : lastSlot + 1)
  for (let slot = first; slot < first + membership.partitionCount; slot++)
    if (isOwn(slot, membership)) return { slot, startsAt: slot * slotMs }
  return null
}

/**
 * Whether a call may still leave for a chosen slot, asked again at the last moment: the slot has begun, at most
 * `lateMs` ago, and is ours in the generation that is in force by now. `now` (broker ms) is null when the broker's time
 * is not known.
 */
export function isSlotOpen({
  now,
  slot,
  membership,
  plan: { slotMs },
  lateMs = LATE_MS,
}: {
  now: number | null
  slot: number
  membership: Membership | null
  plan: SlotPlan
  lateMs?: number
}): boolean {
  if (now === null || membership === null) return false
  const startsAt = slot * slotMs
  return startsAt <= now && now <= startsAt + lateMs && startsAt >= oursFrom(membership) && isOwn(slot, membership)
}

/**
 * How many slots of ours there are from slot `from` up to, without, slot `to`; for telling used slots from idle ones.
 */
export function countOwnSlots({ from, to, membership }: { from: number; to: number; membership: Membership }): number {
  const { partitionCount } = membership
  if (to <= from || partitionCount <= 0) return 0
  const cycles = Math.floor((to - from) / partitionCount)
  let own = 0
  for (let slot = from; slot < from + partitionCount; slot++) {
    if (!isOwn(slot, membership)) continue
    own += cycles + (slot < to - cycles * partitionCount ? 1 : 0)
  }
  return own
}

const oursFrom = ({ since }: Membership): number => since + 2 * MAX_CLOCK_ERROR_MS

const isOwn = (slot: number, { partitions, partitionCount }: Membership): boolean =>
  partitions.has(slot % partitionCount)

/** The division alone may be off by one slot, and the products decide. */
function firstSlotFrom(earliest: number, slotMs: number): number {
  let slot = Math.ceil(earliest / slotMs)
  while (slot * slotMs < earliest) slot++
  while ((slot - 1) * slotMs >= earliest) slot--
  return slot
}
