import type { Events } from './run-events.fixture.ts'

/**
 * The broker's group coordinator. A rebalance begins with a join, a leave or a missed session; the new generation
 * begins when every member has rejoined or was put out, and is told to the members by its leader's SyncGroup.
 */
export function createCoordinator(events: Events) {
  interface Seat {
    expiresAt: number
    joining: ((answer: Answer) => void) | null
    syncing: ((answer: Answer) => void) | null
  }
  const seats = new Map<string, Seat>()
  let phase: 'stable' | 'preparing' | 'completing' = 'stable'
  let generation = 0
  let ids = 0
  let dealt: { owners: string[]; partitionCount: number } | null = null

  function renew(id: string, seat: Seat) {
    const isWatched = seat.expiresAt > events.now()
    seat.expiresAt = events.now() + SESSION_MS
    if (!isWatched) watch(id, seat)
  }

  function watch(id: string, seat: Seat) {
    events.at(seat.expiresAt, () => {
      if (seats.get(id) !== seat) return
      if (seat.expiresAt > events.now()) return watch(id, seat)
      if (seat.joining !== null) return // its request is waiting here, so it lives
      remove(id)
    })
  }

  function remove(id: string) {
    seats.delete(id)
    if (phase !== 'preparing') prepare()
    completeIfAll()
  }

  function prepare() {
    phase = 'preparing'
    const begun = generation
    for (const seat of seats.values()) {
      seat.syncing?.({ kind: 'rebalance' })
      seat.syncing = null
    }
    events.at(events.now() + REBALANCE_MS, () => {
      if (phase !== 'preparing' || generation !== begun) return
      for (const [id, seat] of seats) if (seat.joining === null) seats.delete(id)
      completeIfAll()
    })
  }

  function completeIfAll() {
    if (phase !== 'preparing' || seats.size === 0 || [...seats.values()].some(({ joining }) => joining === null)) return
    phase = 'completing'
    generation++
    dealt = null
    const members = [...seats.keys()]
    for (const [id, seat] of seats) {
      const reply = seat.joining
      seat.joining = null
      renew(id, seat)
      reply?.({ kind: 'joined', id, generation, members, leader: id === members[0] })
    }
  }

  function assignedTo(id: string): Answer {
    const { owners, partitionCount } = dealt as NonNullable<typeof dealt>
    const partitions = owners.flatMap((owner, partition) => (owner === id ? [partition] : []))
    return { kind: 'assigned', partitions, partitionCount }
  }

  return {
    generation: () => generation,
    join: (known: string | null, reply: (answer: Answer) => void) => {
      if (known !== null && !seats.has(known)) return reply({ kind: 'unknown' })
      const id = known ?? `m${ids++}`
      const seat = seats.get(id) ?? { expiresAt: 0, joining: null, syncing: null }
      seats.set(id, seat)
      seat.joining = reply
      if (phase !== 'preparing') prepare()
      completeIfAll()
    },
    sync: (id: string, of: number, deal: typeof dealt, reply: (answer: Answer) => void) => {
      const seat = seats.get(id)
      if (seat === undefined) return reply({ kind: 'unknown' })
      if (of !== generation) return reply({ kind: 'illegal' })
      if (phase === 'preparing') return reply({ kind: 'rebalance' })
      renew(id, seat)
      if (phase === 'stable') return reply(assignedTo(id))
      seat.syncing = reply
      if (deal === null) return
      dealt = deal
      phase = 'stable'
      for (const [waiting, { syncing }] of seats) syncing?.(assignedTo(waiting))
      for (const other of seats.values()) other.syncing = null
    },
    heartbeat: (id: string, of: number): Answer => {
      const seat = seats.get(id)
      if (seat === undefined) return { kind: 'unknown' }
      if (of !== generation) return { kind: 'illegal' }
      renew(id, seat)
      return { kind: phase === 'preparing' ? 'rebalance' : 'ok' }
    },
    leave: (id: string): Answer => {
      if (!seats.has(id)) return { kind: 'unknown' }
      remove(id)
      return { kind: 'ok' }
    },
  }
}

/** What the coordinator, or the broker that is probed, answers. */
export type Answer =
  | { kind: 'ok' | 'unknown' | 'illegal' | 'rebalance' }
  | { kind: 'joined'; id: string; generation: number; members: string[]; leader: boolean }
  | { kind: 'assigned'; partitions: number[]; partitionCount: number }
  | { kind: 'appended'; appendTime: number }

export const SESSION_MS = 10_000
/** Not shorter than the session: a member that is put out for rejoining late has no lease by then. */
export const REBALANCE_MS = 15_000
