import { awaitDependencies } from './await-dependencies.ts'
import type { Part } from './lifecycle.ts'
import type { Logger } from './logger.ts'

export interface Waiting extends Part {
  start: (signal: AbortSignal) => Promise<void>
  /** Null once it is there, else why not. */
  ready(): string | null
}

/**
 * A part that has started when `look` finds nothing missing: the parts behind it may rely on that, those before it run
 * meanwhile. A stop ends the wait. What `look` rejects with fails the start.
 */
export function waitFor({
  name,
  look,
  until,
  log,
  random,
}: {
  name: string
  /** Null, or why what must be there is not. */
  look: () => Promise<string | null>
  /** What `ready` says before the first look is done. */
  until: string
  log: Logger
  random: () => number
}): Waiting {
  let missing: string | null = until
  const report = (reason: string | null) => (missing = reason)
  return {
    name,
    start: async (signal) => void (await awaitDependencies([look], { log, random, report, signal })),
    ready: () => missing,
  }
}
