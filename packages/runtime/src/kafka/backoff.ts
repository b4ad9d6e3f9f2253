/**
 * Milliseconds to wait before try number `attempt` (0, 1, 2 …): full jitter over a doubling range, AWS' "full jitter".
 */
export function backoffMs(attempt: number, random: () => number, baseMs = 200, capMs = 3_000): number {
  return Math.round((0.25 + 0.75 * random()) * Math.min(capMs, baseMs * 2 ** Math.min(attempt, 20)))
}

/** Resolves after `ms`, or at once when the signal aborts. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal?.addEventListener('abort', done, { once: true })
  })
}
