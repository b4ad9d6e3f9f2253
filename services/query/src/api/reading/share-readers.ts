import type { Database, Reader } from './open-database.ts'

export type Read<T> = { kind: 'read'; value: T } | { kind: 'shed' }

/** Takes each query to the connections that are for its kind. */
export interface Readers {
  /** A query that takes moments. */
  cheap<T>(query: (reader: Reader) => Promise<T>): Promise<T>
  /** A query that may take long. `shed`: too many waited, and this one had waited longest. */
  dear<T>(query: (reader: Reader) => Promise<T>): Promise<Read<T>>
}

/**
 * Dear queries have connections of their own, few of them, so that however many ask, cheap ones find theirs free and
 * the database's processors too. When more than `mostWaiting` wait, the oldest gives way: its client has waited longest
 * and is the likeliest to have gone, and those behind it are answered in time.
 */
export function shareReaders({
  cheap,
  dear,
  dearAtOnce,
  mostWaiting,
}: {
  cheap: Pick<Database, 'read'>
  dear: Pick<Database, 'read'>
  dearAtOnce: number
  mostWaiting: number
}): Readers {
  const waiting: ((turn: 'now' | 'never') => void)[] = []
  let running = 0

  async function takeTurn(): Promise<'now' | 'never'> {
    if (running < dearAtOnce) {
      running++
      return 'now'
    }
    return new Promise((resolve) => {
      waiting.push(resolve)
      if (waiting.length > mostWaiting) waiting.shift()?.('never')
    })
  }

  /** The turn of one that ends is the next one's. */
  function passTurn(): void {
    const next = waiting.shift()
    if (next === undefined) running--
    else next('now')
  }

  return {
    cheap: (query) => cheap.read(query),
    dear: async (query) => {
      if ((await takeTurn()) === 'never') return { kind: 'shed' }
      try {
        return { kind: 'read', value: await dear.read(query) }
      } finally {
        passTurn()
      }
    },
  }
}
