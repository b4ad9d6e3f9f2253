import { problemType } from '@insights/runtime/http/problem'
import type { ConsumedRecord, OutgoingRecord } from '@insights/runtime/kafka/records'
import type { FailureClass } from '@insights/schemas/events/analysis-failed'
import type { Origin } from '@insights/schemas/events/origin'
import { toAnalysisFailed } from '@insights/schemas/events/to-analysis-failed'
import { toRecord, type RecordOptions } from './to-record.ts'

/** Why there is no outcome for a record, and never will be without a redrive. */
export interface Failure {
  record: ConsumedRecord
  /** Where it was first: another place than the record's own when it was published again. */
  origin: Origin
  class: FailureClass
  title: string
  detail: string
  retryable: boolean
  /** When the record could be read that far. */
  conversationId: string | null
  /** Tries that were charged to it; 0 when the model was never asked. */
  attempts: number
}

export interface FailureRecordOptions extends RecordOptions {
  /** Epoch milliseconds; by the broker's clock where it is known. A failure is never older than its record. */
  now: () => number
}

/** A record of `analysis.failed`, with the original bytes in it so that they can be published again. */
export function toFailureRecord(
  { record, origin, class: failureClass, title, detail, retryable, conversationId, attempts }: Failure,
  options: FailureRecordOptions,
): OutgoingRecord {
  const event = toAnalysisFailed({
    record,
    origin,
    class: failureClass,
    problem: { type: problemType(failureClass), title, detail },
    conversationId,
    attempts,
    retryable,
    failedAt: Math.max(options.now(), record.appendedAt),
  })
  return toRecord('analysisFailed', event, record, options)
}
