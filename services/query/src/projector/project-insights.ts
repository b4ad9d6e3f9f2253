import type { Refusal } from '@insights/pipeline/sink/publish-failures'
import type { Reading as ReadingOf } from '@insights/pipeline/sink/read-batch'
import { keyText } from '@insights/schemas/events/check-key'
import type { InsightProduced } from '@insights/schemas/events/insight-produced'
import { ConversationId } from '@insights/schemas/events/scalars'
import type { InsightRow } from '../insight-columns.ts'

/** A record of `insights.produced`, read. */
export type Reading = ReadingOf<InsightProduced>

/** Whatever was submitted up to then (broker time, epoch ms) is erased, also when its analysis comes later. */
export interface Erasure {
  conversationId: string
  erasedThrough: number
}

/** What a batch does to the tables: at most one row per table and conversation, in the order of their ids. */
export interface Projection {
  insights: InsightRow[]
  erasures: Erasure[]
  refusals: Refusal[]
}

/**
 * Postgres refuses a statement that touches a row twice, so the newest of each conversation is found here, by the very
 * order the statements use (I7). Sorted, so that two statements can never wait for each other's rows.
 */
export function projectInsights(readings: Reading[]): Projection {
  const insights = new Map<string, InsightRow>()
  const erasures = new Map<string, Erasure>()
  const refusals: Refusal[] = []
  for (const { record, decoded } of readings) {
    const key = keyText(record.key) ?? ''
    if (decoded.kind === 'unreadable') {
      const { class: failureClass, title, detail, retryable, conversationId } = decoded
      refusals.push({ record, class: failureClass, title, detail, retryable, conversationId })
      continue
    }
    const why = unprojectable(key, record.appendedAt, decoded.kind === 'ok' ? decoded.value : null)
    if (why !== null) {
      const conversationId = decoded.kind === 'ok' ? decoded.value.conversation_id : null
      refusals.push({
        record,
        class: 'unprojectable',
        title: UNPROJECTABLE,
        detail: why,
        retryable: false,
        conversationId,
      })
    } else if (decoded.kind === 'ok') {
      keepNewer(insights, {
        insight: decoded.value,
        recordOffset: record.offset,
        recordAppendedAt: record.appendedAt,
      })
    } else {
      const erasedThrough = Math.max(record.appendedAt, erasures.get(key)?.erasedThrough ?? 0)
      erasures.set(key, { conversationId: key, erasedThrough })
    }
  }
  return { insights: sortedValues(insights), erasures: sortedValues(erasures), refusals }
}

/** The title of each such failure. */
export const UNPROJECTABLE = 'The insight cannot be stored'

/** Negative when `a` is older: by its submission's append time, then offset; for one submission by its own record's. */
function compareAge(a: InsightRow, b: InsightRow): number {
  return (
    a.insight.origin.appended_at - b.insight.origin.appended_at ||
    a.insight.origin.offset - b.insight.origin.offset ||
    a.recordAppendedAt - b.recordAppendedAt ||
    a.recordOffset - b.recordOffset
  )
}

function keepNewer(rows: Map<string, InsightRow>, row: InsightRow): void {
  const known = rows.get(row.insight.conversation_id)
  if (known === undefined || compareAge(known, row) < 0) rows.set(row.insight.conversation_id, row)
}

function sortedValues<T>(rows: Map<string, T>): T[] {
  return [...rows].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row)
}

/** Between the brokers that append a conversation and its insight: a second on bad days. */
const MOST_CLOCK_DIFFERENCE_MS = 60_000

/** An index entry of Postgres holds 2704 bytes at most; the ids, of 200 characters, always fit. */
const maxClusterBytes = 1024

/** Why a readable record cannot become a row or an erasure (`insight` null). */
function unprojectable(key: string, appendedAt: number, insight: InsightProduced | null): string | null {
  if (insight === null) return ConversationId.safeParse(key).success ? null : 'the record key is not a conversation_id'
  // Under another key its erasure would not find it, and it would overtake its own conversation's records.
  if (insight.conversation_id !== key) return 'the record key is not the conversation_id of the insight'
  // Of an age that no submission reaches it could neither be replaced nor erased.
  const origin = insight.origin.appended_at
  if (origin > appendedAt + MOST_CLOCK_DIFFERENCE_MS) {
    const [claimed, own] = [origin, appendedAt].map((at) => new Date(at).toISOString())
    return `its origin.appended_at, ${claimed}, is later than its own append, ${own}`
  }
  if (insight.clusters.some((cluster) => Buffer.byteLength(cluster) > maxClusterBytes)) {
    return `a cluster is longer than ${maxClusterBytes} bytes`
  }
  return null
}
