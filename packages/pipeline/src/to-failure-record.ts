import { problemType } from '@insights/runtime/http/problem'
import type { ConsumedRecord, OutgoingHeader, OutgoingRecord } from '@insights/runtime/kafka/records'
import { toPrintableLine } from '@insights/runtime/to-printable'
import type { FailureClass } from '@insights/schemas/events/analysis-failed'
import { isDeadLetterHeader, type DeadLetterHeader } from '@insights/schemas/events/dead-letter-headers'
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
  /** The consumer group that gives the record up. */
  groupId: string
  /** Epoch milliseconds; by the broker's clock where it is known. A failure is never older than its record. */
  now: () => number
}

/**
 * A record of `analysis.failed`, with the original bytes in it so that they can be published again. Its own headers are
 * those of a dead letter; such headers of the original, which tell of another failure, stay in the original alone.
 */
export function toFailureRecord(failure: Failure, options: FailureRecordOptions): OutgoingRecord {
  const { record, origin, class: failureClass, title, detail, retryable, conversationId, attempts } = failure
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
  const outgoing = toRecord('analysisFailed', event, record, options)
  const passedOn = outgoing.headers.filter((header) => !isDeadLetterHeader(header))
  return { ...outgoing, headers: [...passedOn, ...deadLetterHeaders(failure, options.groupId)] }
}

/** A record was tried at least once, also where the model was never asked. Kafka's tools print what they find. */
function deadLetterHeaders({ record, title, detail, attempts }: Failure, groupId: string): OutgoingHeader[] {
  const values: Record<DeadLetterHeader, string> = {
    '__dlq.errors.topic': record.topic,
    '__dlq.errors.partition': String(record.partition),
    '__dlq.errors.offset': String(record.offset),
    '__dlq.errors.group': groupId,
    '__dlq.errors.delivery.count': String(Math.max(1, attempts)),
    '__dlq.errors.message': toPrintableLine(`${title}: ${detail}`),
  }
  return Object.entries(values).map(([name, value]) => ({ name, value }))
}
