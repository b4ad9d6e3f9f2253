import type { Publisher } from '@insights/runtime/kafka/publisher'
import type { Logger } from '@insights/runtime/logger'
import type { CallFacts } from '../work/call-facts.ts'
import type { Work } from '../work/work.ts'
import type { OutcomeRecords } from './to-outcome-records.ts'

/**
 * Publishes `analysis.started` for a call that leaves, after its request is written: nothing may delay that. It is for
 * information only, so the call does not wait for it, and it is lost when the broker is away for long.
 */
export function createCallAnnouncer({
  records,
  publish,
  onCrash,
  log,
}: {
  records: Pick<OutcomeRecords, 'started'>
  publish: Publisher['publish']
  onCrash: (error: unknown) => void
  log: Logger
}): (call: CallFacts, works: readonly Work[]) => void {
  async function announce(call: CallFacts, works: readonly Work[]): Promise<void> {
    const result = await publish([records.started(call, works)], { timeoutMs: 10_000 })
    if (!result.ok) log.info({ callId: call.callId, reason: result.reason }, 'analysis.started not published')
  }
  return (call, works) => void setImmediate(() => announce(call, works).catch(onCrash))
}
