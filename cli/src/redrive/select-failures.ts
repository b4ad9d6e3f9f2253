import type { AnalysisFailed, FailureClass } from '@insights/schemas/events/analysis-failed'

export interface Selection {
  /** Empty means every class. */
  classes: FailureClass[]
  /** Epoch milliseconds of `failed_at`, from (inclusive) and to (exclusive). */
  since: number | null
  until: number | null
  onlyRetryable: boolean
}

export const isSelected = (failure: AnalysisFailed, { classes, since, until, onlyRetryable }: Selection): boolean =>
  (classes.length === 0 || classes.includes(failure.class)) &&
  (since === null || failure.failed_at >= since) &&
  (until === null || failure.failed_at < until) &&
  (!onlyRetryable || failure.retryable)

/**
 * What tells two originals apart. A record that was redriven and failed again has two failures with the same original:
 * it is published once.
 */
export function originalId({ origin, original }: AnalysisFailed, hash: (parts: (Buffer | null)[]) => string): string {
  return `${origin.topic} ${hash([original.key, original.value])}`
}
