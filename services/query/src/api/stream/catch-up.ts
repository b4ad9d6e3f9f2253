import type { Logger } from '@insights/runtime/logger'
import { pause } from '@insights/runtime/pause'
import type { Asked } from '../reading/ask-readers.ts'
import type { Client } from './client.ts'
import { AWAY_MS, type LiveStreams, selectMatching } from './live-streams.ts'
import { apart, covers, farthest, isBehind, nearest, notBeyond, type Places } from './places.ts'
import type { Arrivals } from './select-arrivals.ts'
import type { StreamMetrics } from './stream-metrics.ts'
import { AWAY, type Told, toEvents, toId } from './to-events.ts'

interface CatchUpOptions {
  /** With how far the tables are, of the same moment. */
  read: (after: Places) => Promise<Asked<Arrivals & { heads: Places }>>
  live: LiveStreams
  log: Logger
  metrics: StreamMetrics
  stopped: AbortSignal
}

/** Clients that lie no farther apart, in records of all partitions together, are brought on by the same reads. */
const MOST_APART = 2_000

/**
 * Brings clients to where the live ones are, in pages, each as fast as it takes them. One page is read at a time, for
 * all that are near each other: when a process starts, all its clients come back at once and lack the same insights,
 * and to read and write these for each of them would take longer than the next ones need to come.
 */
export function createCatchUp({ read, live, log, metrics, stopped }: CatchUpOptions): (client: Client) => void {
  const waiting = new Set<Client>()
  let isReading = false

  function add(client: Client): void {
    waiting.add(client)
    if (!isReading) void readOn()
  }

  async function readOn(): Promise<void> {
    isReading = true
    try {
      while (!stopped.aborted) {
        const group = takeGroup()
        if (group.length === 0) return
        await bringOn(group)
      }
    } catch (error) {
      log.error({ err: error }, 'what is new cannot be read: streams are broken off')
      for (const client of waiting) client.drop('fault')
    } finally {
      isReading = false
    }
  }

  /** The one that has waited longest, and those near it. */
  function takeGroup(): Client[] {
    for (const client of waiting) if (client.isGone()) waiting.delete(client)
    const [first] = waiting
    if (first === undefined) return []
    return [...waiting].filter(({ places }) => apart(places ?? [], first.places ?? []) <= MOST_APART)
  }

  async function bringOn(group: readonly Client[]): Promise<void> {
    const from = group.map(({ places }) => places ?? []).reduce(nearest)
    const round = live.round()
    const asked = await read(from)
    if (asked.kind !== 'read') {
      for (const client of group) client.send(AWAY)
      return pause(AWAY_MS, stopped)
    }
    const { arrivals, isAll, heads } = asked.value
    for (const client of group) keepWithin(client, heads)
    const told = toEvents(arrivals, notBeyond(from, heads))
    // The live ones were told nothing that this read may not have seen: all that they have had, these have had.
    const areThere = isAll && round === live.round()
    for (const client of group) {
      waiting.delete(client)
      tellOne(client, told, metrics)
      if (areThere) live.join(client)
      else void client.drained().then(() => add(client))
    }
  }

  return add
}

/**
 * An id may lie behind all that there is: of topics that were made again, of another cluster, or made up. Its client
 * goes on from what there is now, and is told so. It must not stay there: others begin where the live ones are.
 */
function keepWithin(client: Client, heads: Places): void {
  const at = client.places ?? []
  client.places = notBeyond(at, heads)
  if (!covers(heads, at)) client.send(toId(client.places))
}

/** What the client has had is left out. Its own place stands behind the events, whose ids are those of the group. */
function tellOne(client: Client, { events, places }: Told, metrics: StreamMetrics): void {
  const at = client.places ?? []
  client.places = farthest(at, places)
  const fresh = events.filter(({ arrival }) => !isBehind(at, arrival.place))
  const matching = selectMatching(fresh, client.filter)
  if (matching.events === 0) return
  metrics.sent(matching.events)
  client.send(Buffer.concat([matching.text, Buffer.from(toId(client.places))]))
}
