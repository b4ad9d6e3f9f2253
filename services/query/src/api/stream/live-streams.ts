import type { Logger } from '@insights/runtime/logger'
import { pause } from '@insights/runtime/pause'
import type { Asked } from '../reading/ask-readers.ts'
import type { Client } from './client.ts'
import { matchesFilter } from './matches-filter.ts'
import { covers, farthest, isBehind, type Places } from './places.ts'
import type { Arrival, Arrivals } from './select-arrivals.ts'
import type { StreamFilter } from './stream-query.ts'
import type { StreamMetrics } from './stream-metrics.ts'
import { AWAY, toEvents, type Event } from './to-events.ts'

export interface LiveStreams {
  /** How often they were told of something. */
  round(): number
  /** Takes a client in that has had all that was there when the last round was told. */
  join(client: Client): void
  leave(client: Client): void
  /** How far all of them are; null while there are none. */
  places(): Places | null
  /** How far a live client is; null for one that is not. */
  placesOf(client: Client): Places | null
}

interface LiveOptions {
  read: (after: Places) => Promise<Asked<Arrivals>>
  log: Logger
  metrics: StreamMetrics
  pollMs: number
  stopped: AbortSignal
}

export const AWAY_MS = 1_000

/**
 * The streams that are where the tables are. While there are any, one loop reads on for all of them, writes each
 * insight once, and hands it to each whose filter it matches.
 */
export function createLiveStreams({ read, log, metrics, pollMs, stopped }: LiveOptions): LiveStreams {
  const live = new Set<Client>()
  let places: Places = []
  let round = 0
  let isReading = false

  async function readOn(): Promise<void> {
    isReading = true
    let isAway = false
    try {
      while (live.size > 0 && !stopped.aborted) {
        const asked = await read(places)
        if (asked.kind === 'read') {
          if (isAway) log.info('Postgres answers again: the streams go on')
          isAway = false
          tell(asked.value.arrivals)
          if (asked.value.isAll) await pause(pollMs, stopped)
          continue
        }
        if (!isAway) {
          log.warn({ reason: asked.kind === 'away' ? asked.reason : asked.kind }, 'the streams wait for Postgres')
          for (const client of live) client.send(AWAY)
        }
        isAway = true
        await pause(AWAY_MS, stopped)
      }
    } catch (error) {
      log.error({ err: error }, 'what is new cannot be read: the streams are broken off')
      for (const client of live) client.drop('fault')
    } finally {
      isReading = false
    }
  }

  function tell(arrivals: readonly Arrival[]): void {
    if (arrivals.length === 0) return
    const told = toEvents(arrivals, places)
    const byFilter = new Map<string, Matching>()
    for (const client of live) {
      if (client.places !== null) {
        const own = tellOne(client, client.places, arrivals, metrics)
        client.places = covers(told.places, own) ? null : own
        continue
      }
      const key = JSON.stringify(client.filter)
      const matching = byFilter.get(key) ?? selectMatching(told.events, client.filter)
      byFilter.set(key, matching)
      sendMatching(client, matching, metrics)
    }
    places = told.places
    round++
  }

  return {
    round: () => round,
    join(client) {
      if (client.isGone()) return
      const at = client.places ?? []
      if (live.size === 0 && !isReading) places = at
      client.places = covers(places, at) ? null : farthest(places, at)
      live.add(client)
      if (!isReading) void readOn()
    },
    leave: (client) => void live.delete(client),
    places: () => (live.size > 0 ? places : null),
    placesOf: (client) => (live.has(client) ? (client.places ?? places) : null),
  }
}

/** Tells one client that is at `at`, and returns where it is then. What it has had is left out. */
function tellOne(client: Client, at: Places, arrivals: readonly Arrival[], metrics: StreamMetrics): Places {
  const fresh = arrivals.filter(({ place }) => !isBehind(at, place))
  const told = toEvents(fresh, at)
  sendMatching(client, selectMatching(told.events, client.filter), metrics)
  return told.places
}

interface Matching {
  text: Buffer
  events: number
}

export function selectMatching(events: readonly Event[], filter: StreamFilter): Matching {
  const matching = events.filter(({ arrival: { insight, facets } }) => matchesFilter({ ...insight, facets }, filter))
  return { text: Buffer.concat(matching.map(({ bytes }) => bytes)), events: matching.length }
}

function sendMatching(client: Client, { text, events }: Matching, metrics: StreamMetrics): void {
  if (events === 0) return
  metrics.sent(events)
  client.send(text)
}
