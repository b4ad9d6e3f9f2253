import type { ConsumedRecord } from '@insights/runtime/kafka/records'
import type { Lane } from './recognise-lane.ts'

export interface Room {
  /** Whether a record of this partition and lane may come in now. */
  has(partition: number, lane: Lane): boolean
  enter(record: ConsumedRecord, lane: Lane): void
  /** It is in a call: its place among those that wait is free, its bytes are not. Again for the same record changes nothing. */
  begin(record: ConsumedRecord): void
  /** Its outcome is acknowledged, or it is not ours any more. */
  leave(record: ConsumedRecord): void
  /** Whether there is so much room again that fetching is worth it: a fetch brings a hundred records. */
  isRoomy(lane: Lane): boolean
  /** Whether a partition has used up less than half of the places that are its own. */
  isStarved(partition: number, lane: Lane): boolean
  used(): { records: number; bytes: number; waiting: Record<Lane, number> }
}

/**
 * Bounds what is in memory between admission and acknowledged outcome (I8), in records that wait for a call and in bytes of
 * everything. Each lane has places that its partitions share, so that a single busy partition can use the whole cap; beyond
 * those, each partition has a few of its own that nobody can take, so none starves. A lone record larger than the bound
 * still gets in, or it would wait for ever.
 */
export function createRoom({
  shared,
  reserved,
  maxBytes,
}: {
  /** Places that partitions share, for each lane. */
  shared: number
  /** Places of each partition alone, for each lane. */
  reserved: number
  maxBytes: number
}): Room {
  const places = new Map<ConsumedRecord, { lane: Lane; waits: boolean }>()
  const waiting: Record<Lane, Map<number, number>> = { live: new Map(), bulk: new Map() }
  let bytes = 0
  /** A quarter of the bytes is out of the bulk lane's reach. */
  const bytesFor = { live: maxBytes, bulk: 0.75 * maxBytes }

  const waitingOf = (partition: number, lane: Lane) => waiting[lane].get(partition) ?? 0
  const count = (partition: number, lane: Lane, change: number) => {
    const now = waitingOf(partition, lane) + change
    if (now > 0) waiting[lane].set(partition, now)
    else waiting[lane].delete(partition)
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
      return bytes < bytesFor[lane] || (own === 0 && lane === 'live')
    },
    enter: (record, lane) => {
      places.set(record, { lane, waits: true })
      count(record.partition, lane, 1)
      bytes += bytesInWork(record)
    },
    begin,
    leave: (record) => {
      begin(record)
      if (places.delete(record)) bytes -= bytesInWork(record)
    },
    isStarved: (partition, lane) => waitingOf(partition, lane) < reserved / 2 && bytes < bytesFor[lane],
    isRoomy: (lane) => sharedUsed(lane) <= shared / 2 && bytes <= 0.9 * bytesFor[lane],
    used: () => {
      const sum = (lane: Lane) => [...waiting[lane].values()].reduce((total, records) => total + records, 0)
      return { records: places.size, bytes, waiting: { live: sum('live'), bulk: sum('bulk') } }
    },
  }
}

/** What a record takes up while it is in work: its bytes and about as much again as the prompt's turns. */
export const bytesInWork = (record: ConsumedRecord): number =>
  2 * ((record.value?.length ?? 0) + (record.key?.length ?? 0)) + 512
