/** How time is cut: slot k begins at k × slotMs on the broker's clock, and `callsPerSlot` calls may leave in it. */
export interface SlotPlan {
  slotMs: number
  callsPerSlot: number
}

/**
 * Cuts time so that at most `ratePerSecond` calls reach the receiver in any rolling second, with 50 ms to spare: the
 * shortest span of one call more than the cap is 1050 ms, and lateness, clock error and transit may use up 50 of them.
 * That fixes the most slots in 1050 ms, so a cap of one or more is rounded down: three calls in 840 ms would break
 * 2.5/s.
 *
 * Slots shorter than 40 ms would be lost to timers and to Bottleneck, which takes 4 to 10 ms for a job however idle it
 * is. So above 26/s a slot carries several calls. Of the sizes up to three times the smallest possible one the best
 * used is taken, since the number of slots in 1050 ms must be whole: never less than 91.9 % of a whole cap is used, and
 * 95.2 % of 10/s.
 */
export function planSlots(ratePerSecond: number): SlotPlan {
  if (ratePerSecond < 1) return { slotMs: SPAN_MS / ratePerSecond, callsPerSlot: 1 }
  const cap = Math.floor(ratePerSecond)
  const slotsWith = (callsPerSlot: number) => Math.floor(cap / callsPerSlot)
  let smallest = 1
  while (slotsWith(smallest) > MAX_SLOTS) smallest++
  let best = smallest
  for (let size = smallest; size <= 3 * smallest; size++)
    if (size * slotsWith(size) > best * slotsWith(best)) best = size
  return { slotMs: SPAN_MS / slotsWith(best), callsPerSlot: best }
}

const SPAN_MS = 1_050
const MIN_SLOT_MS = 40
const MAX_SLOTS = Math.floor(SPAN_MS / MIN_SLOT_MS)
