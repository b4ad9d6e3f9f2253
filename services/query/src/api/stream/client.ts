import { Readable } from 'node:stream'
import type { Places } from './places.ts'
import type { StreamMetrics } from './stream-metrics.ts'
import type { StreamFilter } from './stream-query.ts'

/** One connection, and what it has not taken yet. */
export interface Client {
  filter: StreamFilter
  /** What the answer is made of. */
  body: Readable
  /** Where it is; null once it is where all live ones are. */
  places: Places | null
  /** One that has more to take than fits is dropped: it comes back with its last id. */
  send(text: Buffer | string): void
  /** Breaks the connection off. */
  drop(reason: 'slow' | 'fault'): void
  /** Ends the answer. A client that does not take what it has been sent is not waited for. */
  end(): void
  /** Resolves when it has taken what it was sent, or is gone. */
  drained(): Promise<void>
  isGone(): boolean
}

/** Not yet taken, of what is in no buffer of the operating system. What is sent to many is held once. */
const MOST_BYTES = 1024 * 1024

export function createClient(filter: StreamFilter, places: Places, metrics: Pick<StreamMetrics, 'dropped'>): Client {
  let drained = Promise.withResolvers<void>()
  const wake = () => {
    drained.resolve()
    drained = Promise.withResolvers()
  }
  const body = new Readable({ read: wake })
  body.once('close', wake)
  let isOver = false
  const isGone = () => isOver || body.destroyed

  function drop(reason: 'slow' | 'fault'): void {
    if (isGone()) return
    metrics.dropped(reason)
    body.destroy()
  }

  return {
    filter,
    body,
    places,
    isGone,
    drop,
    send(text) {
      if (isGone()) return
      if (body.readableLength > MOST_BYTES) drop('slow')
      else body.push(text)
    },
    end() {
      if (isGone()) return
      isOver = true
      if (body.readableLength > 0) body.destroy()
      else body.push(null)
    },
    async drained() {
      while (!isGone() && body.readableLength >= body.readableHighWaterMark) await drained.promise
    },
  }
}
