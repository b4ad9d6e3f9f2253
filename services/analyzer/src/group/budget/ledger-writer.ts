import { doublingMs } from '@insights/runtime/backoff'
import { within } from '@insights/runtime/deadline'
import type { SpendingSignal } from '../signals.ts'

export interface LedgerWriter {
  /** Something may have changed. */
  wake(): void
  /** Writes what is left, for seconds at most, and nothing after that. */
  stop(): Promise<void>
}

/**
 * Publishes what changes in the newest state that it has: one request is under way at a time, then comes a rest, and
 * whatever changed meanwhile goes with the next one. So a process that makes hundreds of calls a second writes as
 * little as one that makes a few. What was not acknowledged is pending still, and is tried again.
 *
 * @param pending what is to be written, as it is now; may be nothing.
 * @param restMs how long what changes may wait for the next request.
 * @param later a timer.
 */
export function createLedgerWriter({
  pending,
  publish,
  acknowledged,
  restMs,
  later,
}: {
  pending: () => SpendingSignal[]
  publish: (signals: readonly SpendingSignal[]) => Promise<boolean>
  acknowledged: (signals: readonly SpendingSignal[]) => void
  restMs: () => number
  later: (run: () => void, ms: number) => void
}): LedgerWriter {
  let underway: Promise<boolean> | null = null
  let resting = false
  let failures = 0
  let stopping = false
  const stopped = new AbortController()

  const after = (ms: number) => new Promise<void>((resolve) => later(resolve, ms))

  async function write(): Promise<void> {
    const signals = pending()
    if (signals.length === 0) return
    underway = publish(signals).catch(() => false)
    const isWritten = await underway
    underway = null
    failures = isWritten ? 0 : failures + 1
    if (isWritten) acknowledged(signals)
    resting = true
    later(
      () => {
        resting = false
        wake()
      },
      isWritten ? restMs() : doublingMs(failures, { baseMs: RETRY_MS, capMs: RETRY_MAX_MS }),
    )
  }

  function wake(): void {
    if (!stopping && !resting && underway === null) void write()
  }

  async function writeAll(): Promise<void> {
    await underway
    while (!stopped.signal.aborted && pending().length > 0) {
      await write()
      if (failures > 0) await after(RETRY_MS)
    }
  }

  return {
    wake,
    stop: async () => {
      stopping = true
      await within(STOP_MS, writeAll())
      stopped.abort()
    },
  }
}

const RETRY_MS = 250
const RETRY_MAX_MS = 5_000
const STOP_MS = 2_000
