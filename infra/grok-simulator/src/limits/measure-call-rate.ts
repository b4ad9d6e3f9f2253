import { createSlidingWindow } from './sliding-window.ts'

/** What the receiver saw of the caller's pace. */
export interface CallRate {
  arrived(atMs: number): void
  /** The largest number of calls in any sliding second so far. Exact, not sampled. */
  maxPerSecond(): number
  /** The shortest time in which `spanCalls` consecutive calls arrived; null until there were that many. */
  shortestSpanMs(): number | null
}

/**
 * The acceptance test of an outbound cap is made here. A window that begins with a call holds at least as many calls
 * as one that begins between two, and the fullest one also ends with a call: looking at each arrival is enough.
 *
 * With `spanCalls` = cap + 1 the cap holds exactly when `shortestSpanMs` ≥ 1000, and the span says by how much.
 */
export function measureCallRate(spanCalls: number): CallRate {
  const second = createSlidingWindow(1000)
  const recent = new Float64Array(spanCalls)
  let count = 0
  let max = 0
  let shortest = Infinity

  return {
    arrived: (atMs) => {
      max = Math.max(max, second.add(atMs))
      recent[count % spanCalls] = atMs
      count += 1
      if (count >= spanCalls) shortest = Math.min(shortest, atMs - (recent[count % spanCalls] as number))
    },
    maxPerSecond: () => max,
    shortestSpanMs: () => (shortest === Infinity ? null : shortest),
  }
}
