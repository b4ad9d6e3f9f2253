import type { Logger } from '@insights/runtime/logger'
import { pause } from '@insights/runtime/pause'
import { askReaders } from '../reading/ask-readers.ts'
import type { Readers } from '../reading/share-readers.ts'
import { createClient, type Client } from './client.ts'
import { AWAY_MS, createLiveStreams, tellOne } from './live-streams.ts'
import type { Places } from './places.ts'
import { selectArrivals } from './select-arrivals.ts'
import type { StreamFilter } from './stream-query.ts'
import type { StreamMetrics } from './stream-metrics.ts'
import { AWAY, toKeepAlive, toOpening } from './to-events.ts'

export interface Followers {
  /** Takes a place among the clients; null when there are as many as may be. Release it, or open a stream with it. */
  reserve(): Reservation | null
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
 * Tells all clients of what becomes visible. One that comes is first brought to where the live ones are, page by page,
 * as fast as it takes them; such pages are read one at a time, so that a thousand that come back at once delay neither
 * the live ones nor other reads.
 */
export function followInsights(options: FollowOptions): Followers {
  const { readers, log, metrics, mostClients, pollMs = 200, keepAliveMs = 15_000 } = options
  const stopping = new AbortController()
  const clients = new Set<Client>()
  let reserved = 0
  let turn: Promise<unknown> = Promise.resolve()
  const read = (after: Places) => askReaders(readers, 'cheap', (reader) => selectArrivals(reader, after, MOST_ROWS))
  const live = createLiveStreams({ read, log, metrics, pollMs, stopped: stopping.signal })
  metrics.countClients(() => clients.size)

  const keepAlive = setInterval(() => {
    for (const client of clients) if (client.body.readableLength === 0) client.send(toKeepAlive(live.placesOf(client)))
  }, keepAliveMs)
  keepAlive.unref()

  async function catchUp(client: Client, from: Places): Promise<void> {
    let isAway = false
    for (let at = from; ;) {
      let round = 0
      const reading = turn.then(() => {
        round = live.round()
        return client.isGone() ? null : read(at)
      })
      turn = reading.catch(() => undefined)
      const asked = await reading
      if (asked === null) return
      if (asked.kind !== 'read') {
        if (!isAway) client.send(AWAY)
        isAway = true
        await pause(AWAY_MS, stopping.signal)
        continue
      }
      isAway = false
      at = tellOne(client, at, asked.value.arrivals, metrics)
      client.places = at
      // The live ones were told nothing that this read may not have seen: all that they have had, it has had.
      if (asked.value.isAll && round === live.round()) return live.join(client)
      await client.drained()
    }
  }

  function open(filter: StreamFilter, places: Places): Client {
    const client = createClient(filter, places, metrics)
    clients.add(client)
    client.body.once('close', () => {
      clients.delete(client)
      live.leave(client)
    })
    client.send(toOpening(places, RETRY_MS))
    catchUp(client, places).catch((error: unknown) => {
      log.error({ err: error }, 'what is new cannot be read: the stream is broken off')
      client.drop('fault')
    })
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
    close() {
      stopping.abort()
      clearInterval(keepAlive)
      // They connect again with their last ids.
      for (const client of clients) client.end()
    },
  }
}
