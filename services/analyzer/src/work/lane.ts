import { lastHeader, type RecordHeader } from '@insights/runtime/kafka/records'

export type Lane = 'live' | 'bulk'

/**
 * The header `lane: bulk` marks what can wait, a backfill for example. Everything else is live, also what is misspelt.
 */
export function laneOf(headers: readonly RecordHeader[]): Lane {
  return lastHeader(headers, 'lane')?.toString().trim().toLowerCase() === 'bulk' ? 'bulk' : 'live'
}
