import type { AnalysisFailed } from '@insights/schemas/events/analysis-failed'
import { failureId } from '@insights/schemas/events/ids'
import type { Pool } from 'pg'
import { storeReadings } from '../../projector/store-insights.fixture.ts'

export const RECEIVED = 'conversations.received'

/** A failure for the tests, changed as they need it. */
export function sampleFailure(offset: number, changes: Partial<AnalysisFailed> = {}): AnalysisFailed {
  const origin = { topic: RECEIVED, partition: 3, offset, appended_at: Date.parse('2026-03-01T10:00:00Z') }
  const failed = { class: 'expired' as const, origin, ...changes }
  return {
    failure_id: failureId(failed.origin, failed.class),
    conversation_id: `conv_${offset}`,
    problem: { type: 'urn:test', title: 'Too old', detail: 'a test' },
    attempts: 1,
    retryable: true,
    failed_at: failed.origin.appended_at + offset,
    original: { key: Buffer.from(`conv_${offset}`), value: Buffer.from('value'), headers: [] },
    ...failed,
  }
}

/** Stores failures as the projector does, in one batch. */
export const storeFailures = (pool: Pool, failures: readonly AnalysisFailed[]) =>
  storeReadings(
    pool,
    failures.map((value, offset) => ({
      topic: 'analysisFailed' as const,
      record: {
        topic: 'analysis.failed',
        partition: 4,
        offset,
        appendedAt: value.failed_at,
        key: value.original.key,
        value: null,
        headers: [],
      },
      decoded: { kind: 'ok' as const, value },
    })),
  )
