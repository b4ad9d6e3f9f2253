export interface Concurrency {
  /** A call has ended after so many milliseconds, however it ended. */
  observe(ms: number): void
  p95Ms(): number
  /** How many calls may wait for their answer at once. */
  limit(): number
}

/**
 * As many calls at once as the rate needs: rate × the time that a call takes, its slow ones included, and a quarter
 * more. With fewer the cap is not used; with many more, calls would pile up at a provider that has become slow. The
 * 95th percentile is that of the last 256 calls; it is sorted again after 16 of them, not for each. `ceiling` wins over
 * `floor`.
 */
export function createConcurrency({
  ratePerSecond,
  ceiling,
  floor,
}: {
  ratePerSecond: number
  ceiling: number
  floor: number
}): Concurrency {
  const latencies = new Float64Array(WINDOW)
  let observed = 0
  let sorted: { at: number; p95Ms: number } | undefined

  function p95Ms(): number {
    if (observed < ENOUGH) return ASSUMED_MS
    if (sorted === undefined || observed - sorted.at >= RENEW_AFTER) {
      const window = latencies.subarray(0, observed).toSorted()
      sorted = { at: observed, p95Ms: window[Math.ceil(0.95 * window.length) - 1] ?? ASSUMED_MS }
    }
    return sorted.p95Ms
  }

  return {
    observe: (ms) => void (latencies[observed++ % WINDOW] = ms),
    p95Ms,
    limit: () => {
      const needed = Math.ceil(((ratePerSecond * p95Ms()) / 1000) * 1.25) + 2
      return Math.min(ceiling, Math.max(floor, needed))
    },
  }
}

const WINDOW = 256
/** Before so many calls their times say little, and Grok's usual 2 to 5 seconds are taken. */
const ENOUGH = 20
const ASSUMED_MS = 5_000
const RENEW_AFTER = 16
