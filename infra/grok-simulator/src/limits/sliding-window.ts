/** The moments of the last `windowMs`, oldest first. */
export interface SlidingWindow {
  /** Notes a moment (ms, never earlier than the one before) and gives how many lie in the window that ends with it. */
  add(atMs: number): number
  /** How many noted moments are less than `windowMs` old at `nowMs`. */
  countAt(nowMs: number): number
}

/**
 * A half-open window: two moments exactly `windowMs` apart do not share one. Holds no more than the moments within the
 * window: the dead head of the list is cut off before it outgrows the living rest.
 */
export function createSlidingWindow(windowMs: number): SlidingWindow {
  let moments: number[] = []
  let oldest = 0

  const countAt = (nowMs: number): number => {
    while (oldest < moments.length && nowMs - (moments[oldest] as number) >= windowMs) oldest += 1
    if (oldest > 64 && oldest * 2 > moments.length) {
      moments = moments.slice(oldest)
      oldest = 0
    }
    return moments.length - oldest
  }

  return {
    countAt,
    add: (atMs) => {
      moments.push(atMs)
      return countAt(atMs)
    },
  }
}
