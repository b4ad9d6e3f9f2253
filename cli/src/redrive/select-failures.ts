import type { AnalysisFailed, FailureClass } from '@insights/schemas/events/analysis-failed'
import { keyText } from '@insights/schemas/events/check-key'

export interface Selection {
  /** Empty means every class. */
  classes: FailureClass[]
  /** Epoch milliseconds of `failed_at`, from (inclusive) and to (exclusive). */
  since: number | null
  until: number | null
  onlyRetryable: boolean
  /** Failures of these conversations, and those with these ids of their own; both empty means all. */
  conversations: ReadonlySet<string>
  failures: ReadonlySet<string>
}

export const isSelected = (failure: AnalysisFailed, selection: Selection): boolean => {
  const { classes, since, until, onlyRetryable } = selection
  return (
    (classes.length === 0 || classes.includes(failure.class)) &&
    (since === null || failure.failed_at >= since) &&
    (until === null || failure.failed_at < until) &&
    (!onlyRetryable || failure.retryable) &&
    isNamed(failure, selection)
  )
}

function isNamed(failure: AnalysisFailed, { conversations, failures }: Selection): boolean {
  if (conversations.size === 0 && failures.size === 0) return true
  return failures.has(failure.failure_id) || conversations.has(conversationOf(failure) ?? '')
}

/** What could not be decoded names no conversation, and its key does: the rule is that the key is the id. */
export const conversationOf = ({ conversation_id, original }: AnalysisFailed): string | null =>
  conversation_id ?? keyText(original.key)

/** Whether an analyzer could read the original: then it is a submission, of which the newest counts. */
export const isReadable = ({ class: cls }: AnalysisFailed): boolean => cls !== 'undecodable' && cls !== 'invalid'
