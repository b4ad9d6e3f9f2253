import type { Logger } from '@insights/runtime/logger'
import type { Hold } from '../signals.ts'

/**
 * Logs when calls begin to be held, for another reason than before, and when they are not any more: once each, for each
 * probe of a long outage changes the hold. An error is what a person has to correct.
 */
export function createCooldownAnnouncer(log: Pick<Logger, 'info' | 'warn' | 'error'>): (hold: Hold | null) => void {
  let told: string | null = null
  return (hold) => {
    const reason = hold?.reason ?? null
    if (reason === told) return
    if (hold === null) log.info({ reason: told }, 'Grok answers again')
    else if (hold.kind === 'misconfigured')
      log.error(hold, 'Grok refuses every call, calls are held: correct what `reason` and `detail` say')
    else log.warn(hold, 'Grok does not answer: calls are held, and no conversation is charged an attempt')
    told = reason
  }
}
