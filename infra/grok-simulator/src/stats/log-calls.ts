/** One request under /v1, as `GET /__sim/calls` lists it. */
export interface CallRecord {
  /** When its head came, on the monotonic clock, in ms with fractions. */
  at_ms: number
  /**
   * The kind of the fault that hit it, else the status decided on, or `caller_gone` when the caller had left before
   * the answer. Null while its body is still coming.
   */
  status_or_fault: number | string | null
  /** Conversations in it, as far as its body could be read. */
  items: number
  /** TCP connections are numbered in the order of their first requests, from 1, across resets. */
  connection: number
}

/** The last requests, in the order in which they came. */
export interface CallLog {
  /** Gives the record for its fields to be set as they become known. */
  add(atMs: number, connection: number): CallRecord
  /** The last `count`, oldest first. */
  last(count: number): CallRecord[]
}

export const maxLoggedCalls = 20_000

/** A ring of the last `size` requests; about 80 bytes each. */
export function logCalls(size = maxLoggedCalls): CallLog {
  const ring: CallRecord[] = []
  let added = 0

  return {
    add: (atMs, connection) => {
      const record: CallRecord = { at_ms: atMs, status_or_fault: null, items: 0, connection }
      ring[added % size] = record
      added += 1
      return record
    },
    last: (count) => {
      const start = added <= size ? 0 : added % size
      return [...ring.slice(start), ...ring.slice(0, start)].slice(-count)
    },
  }
}

/** Numbers objects (sockets) in the order in which they are first asked about, and does not keep them alive. */
export function numberConnections(): (socket: object) => number {
  const numbers = new WeakMap<object, number>()
  let count = 0
  return (socket) => {
    const known = numbers.get(socket)
    if (known !== undefined) return known
    count += 1
    numbers.set(socket, count)
    return count
  }
}
