import { toInsight } from '../insights/insight.ts'
import { encodePlaces, type Places } from './places.ts'
import type { Arrival } from './select-arrivals.ts'

/** An arrival as it is sent, and what it can be matched by. */
export interface Event {
  arrival: Arrival
  bytes: Buffer
}

export interface Told {
  events: readonly Event[]
  /** How far streams are behind the events. */
  places: Places
}

/** Events for streams that have come to `places`. Each is written once, for all. */
export function toEvents(arrivals: readonly Arrival[], places: Places): Told {
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

/** Moves the place of a client on: an id without data is no event. */
export const toId = (places: Places): string => `id: ${encodePlaces(places)}\n\n`

/** Says that the connection lives, and moves the client's place on. */
export const toKeepAlive = (places: Places | null): string =>
  places === null ? ': keep-alive\n\n' : `: keep-alive\n${toId(places)}`

/** The first of a stream: when to come back, and from where, should it break off before the first event. */
export const toOpening = (places: Places, retryMs: number): string => `retry: ${retryMs}\n${toId(places)}`

export const AWAY = ': the database does not answer; what is new comes when it does\n\n'
