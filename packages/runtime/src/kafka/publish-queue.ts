import type { PublishResult } from './publisher.ts'
import { recordBytes, type OutgoingRecord } from './records.ts'

/** The records of one `publish` call until they are settled: acknowledged together or not at all. */
export interface Entry {
  readonly records: OutgoingRecord[]
  readonly bytes: number
  readonly addedAt: number
  readonly settled: boolean
  settle(result: PublishResult): void
  /** For an unexpected error. */
  fail(error: unknown): void
}

export interface PublishQueue {
  add(records: OutgoingRecord[], timeoutMs?: number): Promise<PublishResult>
  /** The next batch: waits for a first entry, then for more up to the linger. Null once closed and empty. */
  take(): Promise<Entry[] | null>
  /** Takes no more entries; what is queued is still handed out, without linger. */
  close(): void
  settleAll(result: PublishResult): void
  /** Queued and in flight. */
  size(): { records: number; bytes: number }
}

interface Limits {
  lingerMs: number
  maxBatchRecords: number
  maxBatchBytes: number
  maxQueuedRecords: number
  maxQueuedBytes: number
}

/** Bounded in records and bytes (I8), counting what is in flight, so that a broker that stalls cannot fill the heap. */
export function createPublishQueue(limits: Limits): PublishQueue {
  const unsettled = new Set<Entry>()
  let waiting: Entry[] = []
  let records = 0
  let bytes = 0
  let waitingRecords = 0
  let closed = false
  let wake = () => {}

  function createEntry(outgoing: OutgoingRecord[], size: number, timeoutMs: number | undefined) {
    return new Promise<PublishResult>((resolve, reject) => {
      const leave = () => {
        if (!unsettled.delete(entry)) return false
        clearTimeout(timer)
        records -= outgoing.length
        bytes -= size
        return true
      }
      const entry: Entry = {
        records: outgoing,
        bytes: size,
        addedAt: performance.now(),
        get settled() {
          return !unsettled.has(entry)
        },
        settle: (result) => void (leave() && resolve(result)),
        fail: (error) => void (leave() && reject(error)),
      }
      const timeout: PublishResult = { ok: false, reason: 'timeout', detail: `not acknowledged in ${timeoutMs} ms` }
      const timer = timeoutMs === undefined ? undefined : setTimeout(() => entry.settle(timeout), timeoutMs)
      unsettled.add(entry)
      waiting.push(entry)
      records += outgoing.length
      bytes += size
      waitingRecords += outgoing.length
    })
  }

  const isFull = () => waitingRecords >= limits.maxBatchRecords || closed

  async function take(): Promise<Entry[] | null> {
    for (;;) {
      waiting = waiting.filter((entry) => !entry.settled)
      waitingRecords = waiting.reduce((sum, entry) => sum + entry.records.length, 0)
      const first = waiting[0]
      const lingerMs = first === undefined ? undefined : first.addedAt + limits.lingerMs - performance.now()
      if (first !== undefined && (isFull() || (lingerMs ?? 0) <= 0)) return cut()
      if (first === undefined && closed) return null
      await nextWake(lingerMs)
    }
  }

  function cut(): Entry[] {
    let count = 0
    let batchRecords = 0
    let batchBytes = 0
    for (const entry of waiting) {
      batchRecords += entry.records.length
      batchBytes += entry.bytes
      if (count > 0 && (batchRecords > limits.maxBatchRecords || batchBytes > limits.maxBatchBytes)) break
      count++
    }
    return waiting.splice(0, count)
  }

  function nextWake(ms: number | undefined): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(resolve, Math.max(1, ms))
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  return {
    add: (outgoing, timeoutMs) => {
      if (closed) return Promise.resolve({ ok: false, reason: 'stopped', detail: 'the publisher is stopping' })
      if (outgoing.length === 0) return Promise.resolve({ ok: true })
      const size = outgoing.reduce((sum, record) => sum + recordBytes(record), 0)
      const full = records + outgoing.length > limits.maxQueuedRecords || bytes + size > limits.maxQueuedBytes
      if (full && records > 0)
        return Promise.resolve({
          ok: false,
          reason: 'queue_full',
          detail: `${records} records, ${bytes} bytes are waiting`,
        })
      const result = createEntry(outgoing, size, timeoutMs)
      // The first entry ends the wait for work, a full batch ends the linger; nothing in between wakes it up.
      if (waiting.length === 1 || isFull()) wake()
      return result
    },
    take,
    close: () => {
      closed = true
      wake()
    },
    settleAll: (result) => {
      for (const entry of unsettled) entry.settle(result)
    },
    size: () => ({ records, bytes }),
  }
}
