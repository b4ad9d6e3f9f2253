import { uptime } from 'node:os'

/**
 * Milliseconds that only go forward and also count the time in which the machine was suspended. `performance.now()`
 * stands still meanwhile (CLOCK_MONOTONIC): a lease that is measured with it would survive the night that a laptop
 * sleeps through. The system's uptime counts on, but only in hundredths of a second, so it corrects nothing smaller
 * than a second.
 */
export function createMonotonic(
  source: { precise: () => number; uptimeMs: () => number } = {
    precise: () => performance.now(),
    uptimeMs: () => uptime() * 1000,
  },
): () => number {
  let suspendedMs = 0
  let lookedAt = -Infinity
  const begin = source.uptimeMs() - source.precise()
  return () => {
    const precise = source.precise()
    // Asking for the uptime reads a file. A suspension that began within this time is seen a little later.
    if (precise - lookedAt < LOOK_EVERY_MS) return precise + suspendedMs
    lookedAt = precise
    const missedMs = source.uptimeMs() - precise - begin - suspendedMs
    if (missedMs > LEAST_SUSPENSION_MS) suspendedMs += missedMs
    return precise + suspendedMs
  }
}

const LEAST_SUSPENSION_MS = 1_000
const LOOK_EVERY_MS = 20

/** The process's own. */
export const monotonicMs = createMonotonic()
