import { toFailureRecord } from '@insights/pipeline/to-failure-record'
import type { Consumer, RecordBatch } from '@insights/runtime/kafka/consume/consumer'
import type { Publisher } from '@insights/runtime/kafka/publisher'
import { lastHeader, type ConsumedRecord, type OutgoingRecord } from '@insights/runtime/kafka/records'
import { createSparingLog, type SparingLog } from '@insights/runtime/log-sparingly'
import type { Logger } from '@insights/runtime/logger'
import { traceIdOf } from '@insights/runtime/trace-context'
import type { Codec } from '@insights/schemas/codec'
import { headersTooLarge } from '@insights/schemas/events/limit-headers'
import type { Pool } from 'pg'
import { postgresAway } from '../postgres-away.ts'
import type { Attempt, Retries } from './retry-while-away.ts'
import type { ProjectionMetrics } from './observe-projection.ts'
import { type Projection, projectInsights, type Reading, type Refusal } from './project-insights.ts'
import { writeProjection } from './write-projection.ts'

interface ConsumeEventsOptions {
  pool: Pool
  codec: Pick<Codec, 'decode' | 'encode' | 'prefetch'>
  publisher: Pick<Publisher, 'publish'>
  commit: Consumer['commit']
  retries: Retries
  metrics: ProjectionMetrics
  log: Logger
  /** TOPIC_PREFIX. */
  prefix: string
  /** Epoch ms. */
  now: () => number
  randomBytes: (bytes: number) => Buffer
}

export interface HandleOptions {
  /** What becomes of the batch's only record, whatever it says. */
  refusal?: Refusal
  /** Commits nothing: the records come again. */
  keepPosition?: boolean
}

/**
 * How long one try to publish may take before it is declared a wait (and tried again; failure ids are deterministic).
 */
const publishTimeoutMs = 20_000

const recordsPerAttempt = 500

/**
 * The handler of a batch of `insights.produced`: decode, publish what can never be stored as `analysis.failed`, write
 * the rest in one transaction, then commit the offsets (I5). A registry, broker or database that is away is waited for;
 * nothing is given up for it. It returns early, without commit, when the lease is lost: the records come again to the
 * next owner.
 */
export function consumeEvents(
  options: ConsumeEventsOptions,
): (batch: RecordBatch, how?: HandleOptions) => Promise<void> {
  const { pool, commit, retries, metrics, now } = options
  const log = createSparingLog({ log: options.log })

  return async (batch, { refusal, keepPosition = false } = {}) => {
    const stopTimer = metrics.batchSeconds.startTimer()
    const { topic, partition, records, lease } = batch
    const last = records.at(-1)
    if (last === undefined) return
    const readings = refusal === undefined ? await readAll(batch, options) : []
    if (readings === null) return
    const projection = projectInsights(readings)
    if (refusal !== undefined) projection.refusals.push(refusal)
    // Some at a time: a fetch may hold a hundred thousand tiny records, and a failure takes up a hundred times as much.
    for (let from = 0; from < projection.refusals.length; from += recordsPerAttempt) {
      const some = projection.refusals.slice(from, from + recordsPerAttempt)
      if (!(await publishRefusals(some, batch, options, log))) return
    }
    const submitted = await retries.whileAway(batch, () => write(pool, partition, projection))
    if (submitted === null) return
    const visibleAt = now()
    if (keepPosition) return
    const committed = await commit(lease, [{ topic, partition, offset: last.offset + 1 }])
    if (committed === 'lost') return
    metrics.records.inc({ topic }, records.length)
    for (const submittedAt of submitted) metrics.endToEndSeconds.observe(Math.max(0, visibleAt - submittedAt) / 1000)
    stopTimer()
  }
}

/** In parts, because looking up an unknown schema takes a moment, and a small batch may hold tens of thousands. */
async function readAll(batch: RecordBatch, { codec, retries }: ConsumeEventsOptions): Promise<Reading[] | null> {
  const { records } = batch
  const values = records.map(({ value }) => value)
  codec.prefetch('insightsProduced', values)
  const readings: Reading[] = []
  for (let from = 0; from < records.length; from += recordsPerAttempt) {
    const part = records.slice(from, from + recordsPerAttempt)
    const read = await retries.whileAway(batch, () => readPart(codec, part))
    if (read === null) return null
    readings.push(...read)
  }
  return readings
}

async function readPart(codec: Pick<Codec, 'decode'>, records: ConsumedRecord[]): Promise<Attempt<Reading[]>> {
  const readings: Reading[] = []
  for (const record of records) {
    const decoded =
      record.value === null
        ? { kind: 'tombstone' as const } // it erases, whatever its headers are
        : (headersTooLarge(record.headers) ?? (await codec.decode('insightsProduced', record.value)))
    if (decoded.kind === 'registry_away') return { ok: false, reason: `schema registry: ${decoded.detail}` }
    readings.push({ record, decoded })
  }
  return { ok: true, value: readings }
}

async function write(pool: Pool, partition: number, projection: Projection): Promise<Attempt<number[]>> {
  try {
    return { ok: true, value: await writeProjection(pool, partition, projection) }
  } catch (error) {
    const reason = postgresAway(error)
    if (reason === null) throw error
    return { ok: false, reason: `Postgres: ${reason}` }
  }
}

/** False when the batch was given up meanwhile. */
async function publishRefusals(
  refusals: Refusal[],
  batch: RecordBatch,
  options: ConsumeEventsOptions,
  log: SparingLog,
): Promise<boolean> {
  const recordOptions = { ...options, encode: options.codec.encode }
  const failures = refusals.map((refusal) => toFailureRecord({ ...refusal, attempts: 0 }, recordOptions))
  const published = await options.retries.whileAway(batch, async () => {
    // Each an entry of its own: the publisher never divides one, and thousands of failures of one key are more than a
    // batch.
    const publish = (failure: OutgoingRecord) => options.publisher.publish([failure], { timeoutMs: publishTimeoutMs })
    const results = await Promise.all(failures.map(publish))
    const result = results.find(({ ok }) => !ok)
    if (result === undefined || result.ok) return { ok: true, value: true }
    // The failure's topic takes more than the original's: a failure that does not fit is a fault of ours.
    if (result.reason === 'too_large') throw new Error(`a failure is too large for its topic: ${result.detail}`)
    return { ok: false, reason: `Kafka: ${result.detail}` }
  })
  if (published === null) return false
  for (const { record, class: failureClass, title, detail } of refusals) {
    const { topic, partition, offset, headers } = record
    const trace_id = traceIdOf(lastHeader(headers, 'traceparent')?.toString())
    const fields = { topic, partition, offset, class: failureClass, detail, trace_id }
    log.warn(`${failureClass}: ${title}`, fields, 'record given up')
  }
  return true
}
