import { toInsight } from '../insights/insight.ts'
import { encodePlaces, type Places } from './places.ts'
import type { Arrival } from './select-arrivals.ts'

/** An arrival as it is sent, and what it can be matched by. */
export interface Event {
  arrival: Arrival
  bytes: Buffer
}

/** Events for streams that have come to `places`, and how far they are behind them. Each is written once, for all. */
export function toEvents(arrivals: readonly Arrival[], places: Places): { events: Event[]; places: Places } {
  const now = [...places]
  const events = arrivals.map((arrival): Event => {
    const { partition, offset } = arrival.place
    while (now.length < partition) now.push(-1)
    now[partition] = Math.max(offset, now[partition] ?? -1)
    const lines = `event: insight\nid: ${encodePlaces(now)}\ndata: ${JSON.stringify(toInsight(arrival.insight))}\n\n`
    return { arrival, bytes: Buffer.from(lines) }
  })
  return { events, places: now }
}

/** Moves the client's place on and says that the connection lives: an id without data is no event. */
export const toKeepAlive = (places: Places | null): string =>
  places === null ? ': keep-alive\n\n' : `: keep-alive\nid: ${encodePlaces(places)}\n\n`

/** The first of a stream: when to come back, and from where, should it break off before the first event. */
export const toOpening = (places: Places, retryMs: number): string =>
  `retry: ${retryMs}\nid: ${encodePlaces(places)}\n\n`

export const AWAY = ': the database does not answer; what is new comes when it does\n\n'
