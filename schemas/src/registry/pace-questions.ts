/**
 * A caller that awaits the returned function before each question asks at most `perSecond` of them, in the long run;
 * after a silence a second's worth may go at once. `monotonicNow` in ms.
 */
export function createPace(perSecond: number, monotonicNow: () => number): () => Promise<void> {
  const intervalMs = 1_000 / perSecond
  let nextAt = -Infinity

  return async () => {
    const now = monotonicNow()
    nextAt = Math.max(nextAt, now - 1_000) + intervalMs
    const waitMs = nextAt - now
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs))
  }
}
