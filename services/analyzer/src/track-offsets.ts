/** One partition's offsets within one generation. */
export interface OffsetTracker {
  /** Takes an offset into work. False when it is not above every offset admitted before: it came twice. */
  admit(offset: number): boolean
  /** The offset's effect is durable. An offset that is not in work is ignored. */
  settle(offset: number): void
  /** The next offset to read if the process died now: everything below is settled. Null before the first admission. */
  position(): number | null
  inFlight(): number
}

/**
 * Calls end in another order than their records came in, and a commit says "everything below". So the commit is the low
 * watermark: the lowest offset that is not settled, or the one after the highest when all are. Offsets need not be
 * consecutive (transaction markers leave gaps). It never goes backward, because admission only goes forward.
 */
export function createOffsetTracker(): OffsetTracker {
  const unsettled = new Set<number>() // in the order of admission, which is ascending
  let highest = -1
  return {
    admit: (offset) => {
      if (offset <= highest) return false
      highest = offset
      unsettled.add(offset)
      return true
    },
    settle: (offset) => void unsettled.delete(offset),
    position: () => {
      const [lowest] = unsettled
      return lowest ?? (highest < 0 ? null : highest + 1)
    },
    inFlight: () => unsettled.size,
  }
}
