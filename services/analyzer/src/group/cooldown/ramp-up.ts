import type { CooldownState } from '../signals.ts'

/**
 * After a hold speed returns in steps: a quarter of the slots, half of them, all. Which ones depends on the slot's
 * number alone, so all members agree; one of each four (two), at a place that wanders, or the same partitions would win
 * each time that their count has a factor in common with it.
 */
export function admitsSlot(
  { hold, succeededAt }: Pick<CooldownState, 'hold' | 'succeededAt'>,
  slot: number,
  startsAt: number,
): boolean {
  if (hold !== null) return false
  if (succeededAt === null || startsAt >= succeededAt + 2 * RAMP_STEP_MS) return true
  const oneOf = startsAt < succeededAt + RAMP_STEP_MS ? 4 : 2
  const group = Math.floor(slot / oneOf)
  // The multiples of the golden ratio, in the upper bits, are spread evenly.
  const place = Math.floor(((Math.imul(group, 0x9e3779b1) >>> 0) / 2 ** 32) * oneOf)
  return slot - group * oneOf === place
}

const RAMP_STEP_MS = 2_000
