import type { Logger } from '@insights/runtime/logger'

export interface SchemaLoader {
  /** Begins to load and returns: the registry may come up later than the service. */
  start(): void
  stop(): Promise<void>
  /** Null once loaded, else why not. */
  notReady(): string | null
}

/**
 * Loads until it works, with pauses that double from a quarter of a second to five. What `isPassing` does not know as a
 * trouble that passes is given to `crash`. Of an outage the log tells once, then every minute.
 */
export function createSchemaLoader(o: {
  load: () => Promise<void>
  isPassing: (error: unknown) => boolean
  crash: (error: unknown) => void
  log: Logger
  pause: (ms: number, signal: AbortSignal) => Promise<void>
}): SchemaLoader {
  const stopped = new AbortController()
  let running: Promise<void> | undefined
  let reason: string | null = 'the event schemas are not loaded yet'

  async function run(): Promise<void> {
    let quietFor = 0
    for (let delay = 250; !stopped.signal.aborted; delay = Math.min(delay * 2, 5_000)) {
      try {
        await o.load()
        reason = null
        o.log.info('event schemas loaded from the registry')
        return
      } catch (error) {
        if (!o.isPassing(error)) throw error
        reason = `the event schemas are not loaded yet: ${error instanceof Error ? error.message : String(error)}`
        if (quietFor <= 0) {
          o.log.warn({ err: error }, 'cannot load the event schemas, trying on')
          quietFor = 60_000
        }
        quietFor -= delay
        await o.pause(delay, stopped.signal)
      }
    }
  }

  return {
    start: () => {
      running ??= run().catch(o.crash)
    },
    stop: async () => {
      stopped.abort()
      await running
    },
    notReady: () => reason,
  }
}
