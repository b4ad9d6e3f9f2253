import Bottleneck from 'bottleneck'
import { pause } from '@insights/runtime/kafka/backoff'

export interface Pacer {
  /**
   * Runs `job` in the next free slot; what the job returns or throws comes back. The job calls `leave` when its request
   * really leaves: no later one starts before.
   */
  schedule<T>(job: (leave: () => void) => Promise<T>): Promise<T>
  /** Milliseconds between two calls. */
  spacingMs: number
}

/**
 * The cap on calls, for this process. 5 % are left for what the receiver sees and we do not: with a spacing of exactly
 * 1/rate, timer rounding alone puts eleven calls into a second.
 *
 * Bottleneck gives out the slots and bounds what runs at once. Its `reservoir` lets a double burst through and its
 * `failed`-event retry goes around the spacing, so neither is used. It counts a slot from when the job was queued, not from
 * when its request left: after a stalled event loop, a cold start or a slow handshake the next one would follow too soon.
 * Hence the second look, on a monotonic clock and from departure to departure: a late call moves its successors instead of
 * meeting them.
 */
export function createPacer({
  ratePerSecond,
  maxConcurrent,
  now,
}: {
  ratePerSecond: number
  maxConcurrent: number
  now: () => number
}): Pacer {
  const spacingMs = (1.05 * 1000) / ratePerSecond
  const limiter = new Bottleneck({ minTime: spacingMs, maxConcurrent })
  let lastLeft = -Infinity
  let departed: Promise<void> = Promise.resolve()

  async function untilFree(): Promise<void> {
    for (let early = lastLeft + spacingMs - now(); early > 0; early = lastLeft + spacingMs - now()) await pause(early)
  }

  return {
    spacingMs,
    schedule: (job) =>
      limiter.schedule(async () => {
        const before = departed
        const departure = Promise.withResolvers<void>()
        departed = departure.promise
        await before
        await untilFree()
        const leave = () => {
          lastLeft = now()
          departure.resolve()
        }
        lastLeft = now()
        try {
          return await job(leave)
        } finally {
          departure.resolve() // it ended without leaving: refused, aborted, or nothing was left to send
        }
      }),
  }
}
