import type { Logger } from '@insights/runtime/logger'
import type { EndedCall } from './make-call.ts'
import type { Fates } from './settle-call.ts'

/**
 * One line for a call that was answered; at `debug` when it gave an insight for every conversation. `isQuiet`: a
 * cool-down has been announced for what is wrong, so calls that are not answered need no line each.
 */
export function logCall(
  log: Logger,
  { call, lastedMs, requestId, end }: EndedCall,
  { accepted, failed, again, unanswered, lost }: Fates,
  { isQuiet }: { isQuiet: boolean },
): void {
  const conversations = accepted.length + failed.length + again.length + unanswered.length + lost.length
  if (end.kind === 'aborted' || end.kind === 'held') return
  if (end.kind === 'refused') {
    const { reason, detail } = end.judgement
    const line = { callId: call.callId, requestId, reason, detail, conversations, failed: failed.length }
    return log.warn(line, 'the provider refused a call: its conversations go again in smaller calls')
  }
  if (end.kind !== 'answered') {
    const { reason, detail } = end
    if (!isQuiet) log.info({ reason, detail, conversations }, 'a call was not answered, its conversations go again')
    return
  }
  const { verdict, reason, detail, unknown } = end.judgement
  const counts = { conversations, accepted: accepted.length, failed: failed.length, again: again.length }
  const seconds = lastedMs === null ? null : lastedMs / 1000
  const line = { callId: call.callId, requestId, seconds, ...counts, unknown }
  if (accepted.length === conversations) log.debug(line, 'call answered')
  else log.warn({ ...line, verdict, reason, detail }, 'call answered incompletely')
}
