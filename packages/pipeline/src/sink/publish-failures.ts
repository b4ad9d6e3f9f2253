import type { RecordBatch } from '@insights/runtime/kafka/consume/consumer'
import type { Publisher } from '@insights/runtime/kafka/publisher'
import { lastHeader, type ConsumedRecord, type OutgoingRecord } from '@insights/runtime/kafka/records'
import type { SparingLog } from '@insights/runtime/log-sparingly'
import { traceIdOf } from '@insights/runtime/trace-context'
import { originOf, placeOf } from '@insights/schemas/events/first-origin'
import type { Origin } from '@insights/schemas/events/origin'
import { toFailureRecord, type Failure, type FailureRecordOptions } from '../to-failure-record.ts'
import type { Retries } from './retry-while-away.ts'

/** A record that can never be stored. */
export type Refusal = Omit<Failure, 'attempts' | 'origin'>

export interface PublishFailuresOptions extends FailureRecordOptions {
  publisher: Pick<Publisher, 'publish'>
  retries: Retries
}

/**
 * How long one try to publish may take before it is declared a wait (and tried again; failure ids are deterministic).
 */
const PUBLISH_TIMEOUT_MS = 20_000

/** Some at a time: a fetch may hold a hundred thousand tiny records, and a failure takes up a hundred times as much. */
const FAILURES_AT_ONCE = 500

/** Publishes refused records as `analysis.failed` (I2). False when the batch was given up meanwhile. */
export async function publishFailures(
  refusals: Refusal[],
  batch: RecordBatch,
  options: PublishFailuresOptions,
  log: SparingLog,
): Promise<boolean> {
  for (let from = 0; from < refusals.length; from += FAILURES_AT_ONCE) {
    const some = refusals.slice(from, from + FAILURES_AT_ONCE)
    if (!(await publishSome(some, batch, options))) return false
    for (const refusal of some) tell(refusal, log)
  }
  return true
}

async function publishSome(refusals: Refusal[], batch: RecordBatch, options: PublishFailuresOptions): Promise<boolean> {
  const failures = refusals.map((refusal) =>
    toFailureRecord({ ...refusal, origin: firstPlaceOf(refusal.record), attempts: 0 }, options),
  )
  return publishAll(failures, batch, options)
}

/** Publishes the records, in any order, until all are acknowledged. False when the batch was given up meanwhile. */
export async function publishAll(
  records: readonly OutgoingRecord[],
  batch: RecordBatch,
  { publisher, retries }: Pick<PublishFailuresOptions, 'publisher' | 'retries'>,
): Promise<boolean> {
  if (records.length === 0) return true
  // Each an entry of its own: the publisher never divides one, and thousands of one key are more than a batch.
  const publish = (record: OutgoingRecord) => publisher.publish([record], { timeoutMs: PUBLISH_TIMEOUT_MS })
  const published = await retries.whileAway(batch, async () => {
    const results = await Promise.all(records.map(publish))
    const result = results.find(({ ok }) => !ok)
    if (result === undefined || result.ok) return { ok: true, value: true }
    // The failure's topic takes more than the original's, and what was read from a topic goes into it: a fault of ours.
    if (result.reason === 'too_large') throw new Error(`a record is too large for its topic: ${result.detail}`)
    return { ok: false, reason: `Kafka: ${result.detail}` }
  })
  return published !== null
}

/**
 * Where the record was first in this topic. An insight carries the header of its conversation, which tells of another
 * topic's record.
 */
function firstPlaceOf(record: ConsumedRecord): Origin {
  const origin = originOf(record)
  return origin.topic === record.topic ? origin : placeOf(record)
}

function tell({ record, class: failureClass, title, detail }: Refusal, log: SparingLog): void {
  const { topic, partition, offset, headers } = record
  const trace_id = traceIdOf(lastHeader(headers, 'traceparent')?.toString())
  const fields = { topic, partition, offset, class: failureClass, detail, trace_id }
  log.warn(`${failureClass}: ${title}`, fields, 'record given up')
}
