import type { ServerResponse } from 'node:http'

/** Waits that end early when their caller goes away, and all at once when the simulator stops. */
export interface Waits {
  /** Waits `ms`, or less. Infinity: until one of the two happens. */
  wait(ms: number, response: ServerResponse): Promise<void>
  endAll(): void
}

export function createWaits(): Waits {
  const waiting = new Set<() => void>()
  let ended = false

  return {
    wait: (ms, response) => {
      if (ms < 1 || ended || response.destroyed) return Promise.resolve()
      return new Promise((resolve) => {
        const end = () => {
          clearTimeout(timer)
          response.off('close', end)
          waiting.delete(end)
          resolve()
        }
        const timer = ms === Infinity ? undefined : setTimeout(end, ms)
        response.once('close', end)
        waiting.add(end)
      })
    },
    endAll: () => {
      ended = true
      for (const end of waiting) end()
    },
  }
}
