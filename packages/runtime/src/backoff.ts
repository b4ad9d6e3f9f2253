export interface Backoff {
  /** The longest first wait, in ms. */
  baseMs?: number
  /** No wait is longer, in ms. */
  capMs?: number
  /** No wait is shorter, in ms. */
  floorMs?: number
}

/**
 * Milliseconds to wait after failure number `attempt` (0, 1, 2 …) in a row: AWS's full jitter above a floor, that is
 * any time between `floorMs` and `min(capMs, baseMs · 2^attempt)`, all equally likely. Callers that failed together
 * come back spread out. The floor keeps a loop whose tries fail at once from spinning; with a floor of 0 it is full
 * jitter as AWS describes it.
 *
 * @param random a number in [0, 1)
 */
export function drawBackoffMs(
  attempt: number,
  random: () => number,
  { baseMs = 200, capMs = 3_000, floorMs = 50 }: Backoff = {},
): number {
  return floorMs + random() * (Math.max(floorMs, doublingMs(attempt, { baseMs, capMs })) - floorMs)
}

/** The same without jitter, for one who waits alone: `baseMs`, then twice as long each time, at most `capMs`. */
export function doublingMs(attempt: number, { baseMs, capMs }: { baseMs: number; capMs: number }): number {
  // 2 ** 1024 is Infinity, and a base of 0 times that no number.
  return Math.min(capMs, baseMs * 2 ** Math.min(attempt, 1_000))
}
