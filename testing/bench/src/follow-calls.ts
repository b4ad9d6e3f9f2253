import { setTimeout as sleep } from 'node:timers/promises'
import type { Simulator, SimulatorCall } from './start-simulator.ts'

export interface CallLog {
  /** Every call that reached the simulator since it started, oldest first. */
  all(): readonly SimulatorCall[]
  /** Reads what came since the last look. */
  refresh(): Promise<void>
  /** Waits until `enough` holds for the calls so far. */
  until(enough: (calls: readonly SimulatorCall[]) => boolean, deadlineMs: number): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Keeps the list that the simulator remembers only the end of. Fails when calls were forgotten before they were read.
 */
export function followCalls(simulator: Simulator, signal: AbortSignal): CallLog {
  const calls: SimulatorCall[] = []
  const ended = new AbortController()
  let looking: Promise<void> | undefined
  let failure: unknown

  async function look(): Promise<void> {
    const recent = await simulator.calls(WINDOW)
    const first = recent[0]?.at_ms ?? Infinity
    if (recent.length === WINDOW && first > (calls.at(-1)?.at_ms ?? -Infinity))
      throw new Error(`${WINDOW} calls or more came between two looks`)
    // What was read while its body was still coming is replaced.
    while ((calls.at(-1)?.at_ms ?? -Infinity) >= first) calls.pop()
    calls.push(...recent)
  }
  const refresh = () => (looking ??= look().finally(() => (looking = undefined)))

  async function run(): Promise<void> {
    while (!ended.signal.aborted) {
      await refresh()
      await sleep(INTERVAL_MS, undefined, { signal: ended.signal }).catch(() => undefined)
    }
  }
  const running = run().catch((error: unknown) => (failure = error))

  return {
    all: () => calls,
    refresh,
    until: async (enough, deadlineMs) => {
      const deadline = performance.now() + deadlineMs
      while (!enough(calls)) {
        if (failure !== undefined) throw failure
        if (performance.now() > deadline)
          throw new Error(`waited ${deadlineMs / 1000} s for calls in vain: ${calls.length} have come`)
        await sleep(200, undefined, { signal })
      }
    },
    [Symbol.asyncDispose]: async () => {
      ended.abort()
      await running
    },
  }
}

/** At 10 calls a second, 20 s of them; few, because the simulator cannot note an arrival while it writes the list. */
const WINDOW = 200
const INTERVAL_MS = 1_000
