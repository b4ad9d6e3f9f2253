export interface DepartureLimit {
  mayLeave(): boolean
  onLeave(): void
}

/**
 * At most `perSecond` departures (at least one) in any rolling second and 50 ms more, which the way to the receiver may
 * differ by, whatever paced them: timers that are late fire together. `now` is monotonic milliseconds.
 */
export function limitDepartures(perSecond: number, now: () => number): DepartureLimit {
  const most = Math.max(1, Math.floor(perSecond))
  const left: number[] = []
  return {
    mayLeave: () => {
      while (left[0] !== undefined && left[0] <= now() - WINDOW_MS) left.shift()
      return left.length < most
    },
    onLeave: () => void left.push(now()),
  }
}

const WINDOW_MS = 1050
