import { drawBackoffMs } from './backoff.ts'
import type { Logger } from './logger.ts'
import { pause } from './pause.ts'

/** Looks whether what must be there before work begins is there: null, or why not. */
type Look = () => Promise<string | null>

/**
 * Waits until each of `looks` in turn has found nothing missing, and tells through `report` what is waited for: a
 * service may be started before its database, and its tables, and its registry. Gives up (false) when the signal
 * aborts.
 */
export async function awaitDependencies(
  looks: Look[],
  {
    log,
    random,
    report,
    signal,
  }: { log: Logger; random: () => number; report: (reason: string | null) => void; signal: AbortSignal },
): Promise<boolean> {
  for (const look of looks) {
    let logged: string | null = null
    for (let failures = 0; ; failures++) {
      if (signal.aborted) return false
      const reason = await look()
      report(reason)
      if (reason === null) break
      if (reason !== logged) log.warn({ reason }, 'not started yet, waiting')
      logged = reason
      await pause(drawBackoffMs(failures, random, { capMs: 2_000 }), signal)
    }
  }
  return true
}
