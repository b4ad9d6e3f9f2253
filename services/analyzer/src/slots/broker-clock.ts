/** Why the broker's time must not be used: never known, not confirmed of late, or others may still use another time. */
export type ClockFault = 'unknown' | 'stale' | 'settling'

export interface BrokerClock {
  /**
   * A record was sent at `sentAt` and acknowledged at `receivedAt` (monotonic ms); the broker stamped it `appendTime`
   * (whole epoch ms). Slow answers need no sorting out by the caller: a cold connection's sample is wide, and does no
   * harm.
   */
  sample(probe: { sentAt: number; receivedAt: number; appendTime: number }): void
  /**
   * The broker's time (epoch ms) at this monotonic time, or null: fail closed. `alone`: no other member uses slots now,
   * so at a start there is no member that could still use another time; after a step that was seen, it is waited for
   * all the same.
   */
  now(monotonic: number, group?: { alone: boolean }): number | null
  fault(monotonic: number, group?: { alone: boolean }): ClockFault | null
  /**
   * The broker's time (epoch ms) as well as it is known, for what is written down: also when it is no good for slots.
   * Null before the first sample.
   */
  estimate(monotonic: number): number | null
  /** How far the estimate may be off; Infinity without one. */
  errorMs(monotonic: number): number
  /** When the last sample that confirmed the estimate was sent (monotonic ms). */
  confirmedAt(): number
  /** Steps seen so far. When it changes, broker times and slot numbers kept from before mean nothing. */
  steps(): number
}

/** How far from the broker's clock a usable estimate may be; so two members' estimates differ by at most twice this. */
export const MAX_CLOCK_ERROR_MS = 15

/**
 * The broker's clock, estimated from when the broker says that it appended a record. The offset from our monotonic
 * clock lies between `appendTime − receivedAt` and `appendTime + 1 − sentAt`, whatever the network did. What all
 * samples of a window have in common, each widened by what clocks drift since, holds the true offset; the middle is the
 * estimate. The process's wall clock is no part of it. All members must probe the same partition, or they follow
 * different brokers.
 *
 * A sample *confirms* when even its far end is near the estimate. Others are too slow to prove much, and only show
 * steps. So, whatever the broker's clock did before the last confirmation, the estimate was right then within 8 ms.
 *
 * When a sample contradicts the estimate, the clock was stepped, the partition's leader moved to a broker with another
 * clock, or the machine slept and our monotonic clock lost time. Then slots mean something else, and no member may use
 * the new ones while another still uses the old ones. A member uses its estimate for `settleMs` less a bit after it
 * sent its last confirming probe, and one that sees a new time uses it `settleMs` after that. The bit is more than a
 * second, for no rolling second may hold calls by both. A member cannot know what happened before its first sample, or
 * while its probes failed for longer than that, so it settles then too. Probes should come every second or two: each
 * that confirms moves that moment, and a loaded machine has few fast answers.
 *
 * A contradiction of up to 2 ms is not a step but a broker's clock that is being slewed, faster than the drift allowed
 * for: the estimate follows it at once. Members that follow at different probes differ by no more than their error
 * budget.
 */
export function createBrokerClock({ settleMs = 15_000 }: { settleMs?: number } = {}): BrokerClock {
  if (!(settleMs > APART_MS)) throw new RangeError(`settleMs must be more than ${APART_MS}`)
  const freshMs = settleMs - APART_MS
  let kept: Sample[] = []
  let common: Sample | null = null
  let last: Sample | null = null
  let confirmedAt = -Infinity
  let settledAt = -Infinity
  let steps = 0

  const fault = (monotonic: number, { alone } = { alone: false }): ClockFault | null => {
    if (common === null) return 'unknown'
    if (monotonic - confirmedAt > freshMs) return 'stale'
    return monotonic < settledAt && !(alone && steps === 0) ? 'settling' : null
  }

  return {
    sample: ({ sentAt, receivedAt, appendTime }) => {
      const isSound = appendTime >= 0 && receivedAt >= sentAt && sentAt > confirmedAt
      if (!isSound) return
      const fresh: Sample = { at: sentAt, low: appendTime - receivedAt, high: appendTime + 1 - sentAt }
      last = fresh
      const miss = common === null ? 0 : missBy(common, fresh)
      if (miss > SLEW_MS) {
        steps++
        kept = []
        common = null
        settledAt = receivedAt + settleMs
      }
      const candidates = [...(miss > 0 ? [] : kept.filter(({ at }) => at >= sentAt - WINDOW_MS)), fresh].slice(-WINDOW)
      const candidate = candidates.reduce(intersect)
      if (!confirms(candidate, fresh)) return
      if (sentAt - confirmedAt > freshMs) settledAt = receivedAt + settleMs
      kept = candidates
      common = candidate
      confirmedAt = sentAt
    },
    now: (monotonic, group) => {
      if (common === null || fault(monotonic, group) !== null) return null
      return monotonic + middle(common)
    },
    fault,
    estimate: (monotonic) => {
      const best = common ?? last
      return best === null ? null : monotonic + middle(best)
    },
    errorMs: (monotonic) => (common === null ? Infinity : halfWidth(widen(common, monotonic))),
    confirmedAt: () => confirmedAt,
    steps: () => steps,
  }
}

/** The offset (broker − monotonic, ms) was between `low` and `high` at monotonic `at`. */
interface Sample {
  at: number
  low: number
  high: number
}

const DRIFT = 100e-6
const SLEW_MS = 2
/**
 * A sample is taken when its far end is nearer than this. Two members are furthest apart after a step so small that one
 * has met it without noticing and the other has not met it: three times this, 2 ms of slew, and both clocks' drift
 * since. Twice MAX_CLOCK_ERROR_MS covers that.
 */
const CONFIRM_MS = 8
const WINDOW = 32
const WINDOW_MS = 120_000
/** Between the last call by an old time and the first by a new one: a rolling second and what may shift either. */
const APART_MS = 1_500

const middle = ({ low, high }: Sample): number => (low + high) / 2
const halfWidth = ({ low, high }: Sample): number => (high - low) / 2

function widen({ at, low, high }: Sample, to: number): Sample {
  const drift = DRIFT * Math.max(0, to - at)
  return { at: to, low: low - drift, high: high + drift }
}

function intersect(before: Sample, after: Sample): Sample {
  const { low, high } = widen(before, after.at)
  return { at: after.at, low: Math.max(low, after.low), high: Math.min(high, after.high) }
}

function missBy(before: Sample, after: Sample): number {
  const { low, high } = intersect(before, after)
  return Math.max(0, low - high)
}

function confirms(estimate: Sample, sample: Sample): boolean {
  const offset = middle(estimate)
  return Math.max(offset - sample.low, sample.high - offset) <= CONFIRM_MS
}
