import { column, type Columns } from '../../tables/column.ts'
import { insightColumns, type InsightRow } from '../../tables/insight-columns.ts'
import type { Erasure, Failure } from '../merge/state.ts'
import type { AnalysisFailed } from '@insights/schemas/events/analysis-failed'
import { createUpsert } from '../../tables/upsert-rows.ts'

export const upsertInsights = createUpsert<InsightRow>({
  table: 'insights',
  key: ['conversation_id'],
  columns: insightColumns,
})

export interface ErasureRow extends Erasure {
  id: string
}

const erasureColumns = {
  conversation_id: column('text', ({ id }) => id),
  erased_through: column('timestamptz', ({ erasedThrough }) => erasedThrough),
  record_partition: column('int4', ({ place }) => place.partition),
  record_offset: column('int8', ({ place }) => place.offset),
  record_appended_at: column('timestamptz', ({ place }) => place.appendedAt),
} satisfies Columns<ErasureRow>

export const upsertErasures = createUpsert<ErasureRow>({
  table: 'erasures',
  key: ['conversation_id'],
  columns: erasureColumns,
})

export interface FailureRow {
  id: string
  /** Null: neither the event nor the key tells. */
  of: string | null
  failure: Failure & { event: AnalysisFailed }
  /** STORE_MESSAGES: whether the original's value is kept. */
  keepsValue: boolean
}

const failureColumns = {
  failure_id: column('uuid', ({ id }) => id),
  conversation_id: column('text', ({ of }) => of),
  class: column('text', ({ failure: { event } }) => event.class),
  problem_type: column('text', ({ failure: { event } }) => event.problem.type),
  title: column('text', ({ failure: { event } }) => event.problem.title),
  detail: column('text', ({ failure: { event } }) => event.problem.detail),
  attempts: column('int4', ({ failure: { event } }) => event.attempts),
  retryable: column('bool', ({ failure: { event } }) => event.retryable),
  failed_at: column('timestamptz', ({ failure: { event } }) => event.failed_at),
  origin_topic: column('text', ({ failure: { event } }) => event.origin.topic),
  origin_partition: column('int4', ({ failure: { event } }) => event.origin.partition),
  origin_offset: column('int8', ({ failure: { event } }) => event.origin.offset),
  origin_appended_at: column('timestamptz', ({ failure: { event } }) => event.origin.appended_at),
  original_key: column('bytea', ({ failure: { event } }) => event.original.key),
  original_value: column('bytea', ({ failure: { event }, keepsValue }) => (keepsValue ? event.original.value : null)),
  original_headers: column('jsonb', ({ failure: { event } }) => toJsonHeaders(event.original.headers)),
  record_partition: column('int4', ({ failure: { place } }) => place.partition),
  record_offset: column('int8', ({ failure: { place } }) => place.offset),
  record_appended_at: column('timestamptz', ({ failure: { place } }) => place.appendedAt),
} satisfies Columns<FailureRow>

export const upsertFailures = createUpsert<FailureRow>({
  table: 'failures',
  key: ['conversation_id', 'failure_id'],
  columns: failureColumns,
  // Those without a conversation are not read before they are written.
  unless: `(known.record_appended_at, known.record_offset, known.record_partition)
           > (excluded.record_appended_at, excluded.record_offset, excluded.record_partition)`,
})

const toJsonHeaders = (headers: AnalysisFailed['original']['headers']): string =>
  JSON.stringify(headers.map(({ name, value }) => ({ name, value: value?.toString('base64') ?? null })))
