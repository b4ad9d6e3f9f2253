import type { Logger } from '@insights/runtime/logger'
import { askReaders } from '../reading/ask-readers.ts'
import type { Readers } from '../reading/share-readers.ts'
import { createCatchUp } from './catch-up.ts'
import { createClient, type Client } from './client.ts'
import { createLiveStreams } from './live-streams.ts'
import type { Places } from './places.ts'
import { selectArrivals, selectPlaces } from './select-arrivals.ts'
import type { StreamFilter } from './stream-query.ts'
import type { StreamMetrics } from './stream-metrics.ts'
import { toKeepAlive, toOpening } from './to-events.ts'

export interface Followers {
  /** Takes a place among the clients; null when there are as many as may be. Release it, or open a stream with it. */
  reserve(): Reservation | null
  /** Where a stream begins that is to have nothing of before; null when Postgres must be asked. */
  places(): Places | null
  /** Ends all streams, and takes no more. */
  close(): void
}

interface Reservation {
  open(filter: StreamFilter, places: Places): Client
  release(): void
}

export interface FollowOptions {
  readers: Readers
  log: Logger
  metrics: StreamMetrics
  /** STREAM_MAX_CLIENTS */
  mostClients: number
  pollMs?: number
  keepAliveMs?: number
}

/** Rows of each partition that one read takes. */
const MOST_ROWS = 200
const RETRY_MS = 2_000

/**
 * Tells all clients of what becomes visible. One that comes is first brought to where the live ones are; however many
 * come back at once, that delays neither the live ones nor other reads, because two connections at most are used.
 */
export function followInsights(options: FollowOptions): Followers {
  const { readers, log, metrics, mostClients, pollMs = 200, keepAliveMs = 15_000 } = options
  const stopping = new AbortController()
  const clients = new Set<Client>()
  let reserved = 0
  const read = (after: Places) => askReaders(readers, 'cheap', (reader) => selectArrivals(reader, after, MOST_ROWS))
  const live = createLiveStreams({ read, log, metrics, pollMs, stopped: stopping.signal })
  const readWithHeads = (after: Places) =>
    askReaders(readers, 'cheap', async (reader) => ({
      ...(await selectArrivals(reader, after, MOST_ROWS)),
      heads: await selectPlaces(reader),
    }))
  const catchUp = createCatchUp({ read: readWithHeads, live, log, metrics, stopped: stopping.signal })
  metrics.countClients(() => clients.size)

  const keepAlive = setInterval(() => {
    for (const client of clients) if (client.body.readableLength === 0) client.send(toKeepAlive(live.placesOf(client)))
  }, keepAliveMs)
  keepAlive.unref()

  function open(filter: StreamFilter, places: Places): Client {
    const client = createClient(filter, places, metrics)
    clients.add(client)
    client.body.once('close', () => {
      clients.delete(client)
      live.leave(client)
    })
    client.send(toOpening(places, RETRY_MS))
    catchUp(client)
    return client
  }

  return {
    reserve() {
      if (stopping.signal.aborted || clients.size + reserved >= mostClients) return null
      reserved++
      let isHeld = true
      const release = () => {
        if (isHeld) reserved--
        isHeld = false
      }
      return {
        release,
        open(filter, places) {
          release()
          return open(filter, places)
        },
      }
    },
    places: live.places,
    close() {
      stopping.abort()
      clearInterval(keepAlive)
      // They connect again with their last ids.
      for (const client of clients) client.end()
    },
  }
}
