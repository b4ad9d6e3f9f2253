import type { AnalysisFailed, FailureClass } from '@insights/schemas/events/analysis-failed'
import { keyText } from '@insights/schemas/events/check-key'

export interface Selection {
  /** Empty means every class. */
  classes: FailureClass[]
  /** Types of problems; empty means every one. */
  problems: string[]
  /** Epoch milliseconds of `failed_at`, from (inclusive) and to (exclusive). */
  since: number | null
  until: number | null
  onlyRetryable: boolean
  /** Failures of these conversations, and those with these ids of their own; both empty means all. */
  conversations: ReadonlySet<string>
  failures: ReadonlySet<string>
}

export const isSelected = (failure: AnalysisFailed, selection: Selection): boolean => {
  const { classes, problems, since, until, onlyRetryable } = selection
  return (
    (classes.length === 0 || classes.includes(failure.class)) &&
    (problems.length === 0 || problems.includes(failure.problem.type)) &&
    (since === null || failure.failed_at >= since) &&
    (until === null || failure.failed_at < until) &&
    (!onlyRetryable || failure.retryable) &&
    isNamed(failure, selection)
  )
}

/** What is wrong with a selection: everything at once is rarely meant, and costs a call for ten of them. */
export function faultOfSelection(selection: Selection): 'selects everything' | 'empty window' | null {
  const { classes, problems, since, until, onlyRetryable, conversations, failures } = selection
  const named = classes.length + problems.length + conversations.size + failures.size
  if (named === 0 && since === null && !onlyRetryable) return 'selects everything'
  return since !== null && until !== null && until <= since ? 'empty window' : null
}

function isNamed(failure: AnalysisFailed, { conversations, failures }: Selection): boolean {
  if (conversations.size === 0 && failures.size === 0) return true
  return failures.has(failure.failure_id) || conversations.has(conversationOf(failure) ?? '')
}

/** What could not be decoded names no conversation, and its key does: the rule is that the key is the id. */
export const conversationOf = ({ conversation_id, original }: AnalysisFailed): string | null =>
  conversation_id ?? keyText(original.key)
