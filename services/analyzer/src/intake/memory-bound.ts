import { headersBytes, type ConsumedRecord } from '@insights/runtime/kafka/records'
import type { Lane } from '../work/lane.ts'

export interface MemoryBound {
  /** Whether a record of this partition and lane may come in now. */
  has(partition: number, lane: Lane): boolean
  enter(record: ConsumedRecord, lane: Lane): void
  /**
   * It is in a call: its place among those that wait is free, its bytes are not. Again for the same record changes
   * nothing.
   */
  begin(record: ConsumedRecord): void
  /** Its outcome is acknowledged, or it is not ours any more. */
  leave(record: ConsumedRecord): void
  /** Whether so much is free again that fetching is worth it: a fetch brings a hundred records. */
  isWorthFetching(lane: Lane): boolean
  /** Whether a partition has used up less than half of the places that are its own. */
  isStarved(partition: number, lane: Lane): boolean
  used(): { records: number; bytes: number; waiting: Record<Lane, number> }
}

/**
 * Bounds what is in memory between admission and acknowledged outcome (I8), in records that wait for a call and in
 * bytes of everything. Each lane has places that its partitions share, so that a single busy partition can use the
 * whole cap; beyond those, each partition has a few of its own that no other can take, so none starves. The same holds
 * for bytes: where large records of others hold them all, a partition that has little in work itself still brings in
 * one at a time. What is asked is whether anything is free, not whether the next record fits, or one larger than all
 * would wait for ever.
 */
export function createMemoryBound({
  shared,
  reserved,
  maxBytes,
}: {
  /** Places that partitions share, for each lane. */
  shared: number
  /** Places of each partition alone, for each lane. */
  reserved: number
  maxBytes: number
}): MemoryBound {
  const places = new Map<ConsumedRecord, { lane: Lane; waits: boolean; bytes: number }>()
  const waiting: Record<Lane, Map<number, number>> = { live: new Map(), bulk: new Map() }
  /** Of each partition. */
  const held = new Map<number, number>()
  let bytes = 0
  /** A quarter of the bytes is out of the bulk lane's reach. */
  const bytesFor = { live: maxBytes, bulk: 0.75 * maxBytes }

  const waitingOf = (partition: number, lane: Lane) => waiting[lane].get(partition) ?? 0
  const count = (partition: number, lane: Lane, change: number) => {
    const now = waitingOf(partition, lane) + change
    if (now > 0) waiting[lane].set(partition, now)
    else waiting[lane].delete(partition)
  }
  function hold(partition: number, change: number): void {
    bytes += change
    const now = (held.get(partition) ?? 0) + change
    if (now > 0) held.set(partition, now)
    else held.delete(partition)
  }
  function sharedUsed(lane: Lane): number {
    let used = 0
    for (const records of waiting[lane].values()) used += Math.max(0, records - reserved)
    return used
  }

  function begin(record: ConsumedRecord): void {
    const place = places.get(record)
    if (place?.waits !== true) return
    place.waits = false
    count(record.partition, place.lane, -1)
  }

  return {
    has: (partition, lane) => {
      const own = waitingOf(partition, lane)
      if (own < reserved ? false : sharedUsed(lane) >= shared) return false
      if (bytes < bytesFor[lane]) return true
      return lane === 'live' && own === 0 && (held.get(partition) ?? 0) < maxBytes * OWN_SHARE
    },
    enter: (record, lane) => {
      const needed = bytesInWork(record)
      places.set(record, { lane, waits: true, bytes: needed })
      count(record.partition, lane, 1)
      hold(record.partition, needed)
    },
    begin,
    leave: (record) => {
      begin(record)
      const place = places.get(record)
      if (place === undefined) return
      places.delete(record)
      hold(record.partition, -place.bytes)
    },
    isStarved: (partition, lane) => waitingOf(partition, lane) < reserved / 2 && bytes < bytesFor[lane],
    isWorthFetching: (lane) => sharedUsed(lane) <= shared / 2 && bytes <= 0.9 * bytesFor[lane],
    used: () => {
      const sum = (lane: Lane) => [...waiting[lane].values()].reduce((total, records) => total + records, 0)
      return { records: places.size, bytes, waiting: { live: sum('live'), bulk: sum('bulk') } }
    },
  }
}

/** How much of the bytes a partition may hold while the others hold all of them. */
const OWN_SHARE = 1 / 32

/**
 * What a record takes up while it is in work: its bytes, and about as much again as the prompt's turns or as the
 * failure that carries them. Headers were not counted once: 500 records with 1.9 MB of them took 1.6 GB of a bound
 * of 64 MiB.
 */
export const bytesInWork = ({ key, value, headers }: ConsumedRecord): number =>
  2 * ((value?.length ?? 0) + (key?.length ?? 0) + headersBytes(headers)) + 512
