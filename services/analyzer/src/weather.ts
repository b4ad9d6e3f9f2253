/** Why no calls are made: the world's fault, never the conversation's. */
export interface BadWeather {
  kind: 'weather' | 'misconfigured'
  reason: string
  /** What the provider asked for, however long. */
  retryAfterMs?: number | undefined
}

/** A call under way, as far as the weather is concerned. */
export interface CallTicket {
  startedAt: number
}

export interface Weather {
  /** 0: a call may leave. Infinity: a probe is on its way and decides. Else milliseconds to wait. */
  waitMs(now: number): number
  begin(now: number): CallTicket
  /** The provider answered, whatever the answer is worth. */
  fair(ticket: CallTicket): void
  bad(ticket: CallTicket, weather: BadWeather, now: number): void
  /** The call was given up by us: it says nothing about the provider. */
  givenUp(ticket: CallTicket): void
  /** Why calls are held back at this moment, or null. */
  reason(): string | null
}

/**
 * One cool-down for all calls of the process. It honours what the provider asks for, else doubles from `backoffMs` with full
 * jitter up to a minute; a misconfiguration waits `probeMs`, since only a person mends it. After the wait one call goes
 * ahead as a probe, and its answer opens the way again. Forty calls that fail together are one step, not forty; and one that
 * fails while others begun later are answered is bad luck, not weather, unless the provider said 429 or named a wait.
 * `random` gives [0, 1). Times are monotonic milliseconds.
 */
export function createWeather({
  backoffMs,
  probeMs,
  random,
}: {
  backoffMs: number
  probeMs: number
  random: () => number
}): Weather {
  let hold: Hold | null = null
  let lastFairStart = -Infinity

  function delayOf({ kind, retryAfterMs }: BadWeather, steps: number): number {
    if (retryAfterMs !== undefined) return retryAfterMs + random() * Math.min(backoffMs, 1_000)
    if (kind === 'misconfigured') return probeMs * (0.9 + 0.2 * random())
    return random() * Math.min(MAX_BACKOFF_MS, backoffMs * 2 ** Math.min(steps, 16))
  }

  return {
    waitMs: (now) => (hold === null ? 0 : hold.probe !== undefined ? Infinity : Math.max(0, hold.until - now)),
    begin: (now) => {
      const ticket = { startedAt: now }
      if (hold !== null) hold.probe = ticket
      return ticket
    },
    fair: (ticket) => {
      lastFairStart = Math.max(lastFairStart, ticket.startedAt)
      if (hold !== null && ticket === hold.probe) hold = null
    },
    bad: (ticket, weather, now) => {
      if (hold === null) {
        if (isBadLuck(weather) && lastFairStart >= ticket.startedAt) return
        hold = { reason: weather.reason, until: now + delayOf(weather, 0), steps: 0 }
      } else if (ticket === hold.probe) {
        hold = { reason: weather.reason, until: now + delayOf(weather, hold.steps + 1), steps: hold.steps + 1 }
      } else if (weather.retryAfterMs !== undefined) {
        // Begun before the hold: its failure is the one that is being waited for, and adds only what the provider asks.
        hold.until = Math.max(hold.until, now + delayOf(weather, hold.steps))
      }
    },
    givenUp: (ticket) => {
      if (hold?.probe === ticket) delete hold.probe
    },
    reason: () => hold?.reason ?? null,
  }
}

interface Hold {
  reason: string
  until: number
  /** Failed probes so far. */
  steps: number
  probe?: CallTicket
}

const MAX_BACKOFF_MS = 60_000

const isBadLuck = ({ kind, reason, retryAfterMs }: BadWeather): boolean =>
  kind === 'weather' && reason !== 'rate_limited' && retryAfterMs === undefined
