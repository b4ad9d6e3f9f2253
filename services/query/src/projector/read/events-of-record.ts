import { lastHeader, type ConsumedRecord } from '@insights/runtime/kafka/records'
import type { Reading as ReadingOf } from '@insights/pipeline/sink/read-batch'
import type { Refusal } from '@insights/pipeline/sink/publish-failures'
import { checkKey, keyText } from '@insights/schemas/events/check-key'
import { FIRST_ORIGIN, firstOriginOf } from '@insights/schemas/events/first-origin'
import type { InsightProduced } from '@insights/schemas/events/insight-produced'
import { occurredAtOf } from '@insights/schemas/events/occurred-at'
import type { Origin } from '@insights/schemas/events/origin'
import { ConversationId } from '@insights/schemas/events/scalars'
import type { TopicId } from '@insights/schemas/topics'
import { withoutNul } from '../../tables/to-postgres.ts'
import { facetsOfInsight, facetsOfSubmission } from '../merge/list-facets.ts'
import type { Insight, Place } from '../merge/state.ts'
import { erasedThroughOf } from '@insights/schemas/events/erased-through'
import type { ReadOptions, Saying } from './to-events.ts'

type ReadingOfTopic<K extends TopicId> = ReadingOf<K>

/** The title of each failure of class `unprojectable`. */
export const UNPROJECTABLE = 'The record cannot be stored'

/** What cannot be read of this topic the analyzer tells of: a failure with the same id, which is then read. */
export function receivedEvents(
  { record, decoded }: ReadingOfTopic<'conversationsReceived'>,
  { facetKeys }: ReadOptions,
): Saying {
  if (decoded.kind === 'tombstone') return null
  const checked = checkKey(record.key, decoded)
  const first = firstOriginOf(record)
  if (checked.kind !== 'ok' || first.kind === 'invalid') return null
  const { conversation_id: of, source, submission_id: submissionId, metadata, messages } = checked.value
  const received = {
    place: placeOf(record),
    source,
    lane: lastHeader(record.headers, 'lane')?.toString() === 'bulk' ? 'bulk' : 'live',
    submissionId,
    occurredAt: occurredAtOf(messages, { submittedAt: first.origin.appended_at }) ?? first.origin.appended_at,
    facets: facetsOfSubmission({ source, metadata, keys: facetKeys }),
    content: { metadata, messages },
  }
  return [{ of, event: { kind: 'received', origin: asStored(first.origin), received } }]
}

export function startedEvents({ record, decoded }: ReadingOfTopic<'analysisStarted'>): Saying {
  if (decoded.kind === 'tombstone') return null
  if (decoded.kind === 'unreadable') return refusalOf(record, decoded)
  const { items, started_at: startedAt } = decoded.value
  const place = placeOf(record)
  const fault = items.map(({ origin }) => tooYoung(origin, record.appendedAt)).find((why) => why !== null)
  if (fault !== undefined) return unprojectable(record, fault, null)
  return items.map(({ conversation_id: of, origin, attempt }) => ({
    of,
    event: { kind: 'started', origin: asStored(origin), started: { place, startedAt, attempt } },
  }))
}

export function producedEvents({ record, decoded }: ReadingOfTopic<'insightsProduced'>): Saying {
  const key = keyText(record.key) ?? ''
  if (decoded.kind === 'unreadable') return refusalOf(record, decoded)
  if (decoded.kind === 'tombstone') {
    if (!ConversationId.safeParse(key).success) {
      return unprojectable(record, 'the record key is not a conversation_id', null)
    }
    const erasedThrough = erasedThroughOf(record)
    return [{ of: key, event: { kind: 'erased', erasedThrough, place: placeOf(record) } }]
  }
  const event = decoded.value
  const fault = faultOf(event, key, record.appendedAt)
  if (fault !== null) return unprojectable(record, fault, event.conversation_id)
  const isFirst = lastHeader(record.headers, FIRST_ORIGIN) === null
  return [{ of: key, event: { kind: 'produced', insight: toInsight(event, placeOf(record)), isFirst } }]
}

export function failedEvents(
  { record, decoded }: ReadingOfTopic<'analysisFailed'>,
  { receivedTopic }: ReadOptions,
): Saying {
  if (decoded.kind === 'tombstone') return null
  if (decoded.kind === 'unreadable') return refusalOf(record, decoded)
  const event = decoded.value
  const { failure_id, origin, class: failureClass, attempts, failed_at: failedAt } = event
  const id = failure_id.toLowerCase() // as Postgres gives it: in capitals it is the same id
  const fault = tooYoung(origin, record.appendedAt)
  if (fault !== null) return unprojectable(record, fault, event.conversation_id)
  const key = keyText(event.original.key)
  const of = event.conversation_id ?? (ConversationId.safeParse(key).success ? key : null)
  const failure = { place: placeOf(record), origin: asStored(origin), class: failureClass, attempts, failedAt, event }
  return [{ of, event: { kind: 'failed', id, isOfSubmission: origin.topic === receivedTopic, failure } }]
}

export const toInsight = (event: InsightProduced, place: Place): Insight & { event: InsightProduced } => ({
  place,
  origin: asStored(event.origin),
  insightId: event.insight_id,
  createdAt: event.created_at,
  occurredAt: event.occurred_at ?? event.origin.appended_at,
  attempts: event.attempts,
  sentimentScore: event.sentiment_score,
  confidence: event.confidence,
  model: event.model,
  usage: event.usage,
  ownFacets: facetsOfInsight(event),
  event,
})

/** As it is read from the tables: origins are compared, and a topic's name in a header or an event may be any text. */
const asStored = (origin: Origin): Origin => ({ ...origin, topic: withoutNul(origin.topic.toWellFormed()) })

const placeOf = ({ partition, offset, appendedAt }: ConsumedRecord): Place => ({ partition, offset, appendedAt })

type Unreadable = Extract<ReadingOf<TopicId>['decoded'], { kind: 'unreadable' }>

function refusalOf(record: ConsumedRecord, decoded: Unreadable): Refusal {
  const { class: failureClass, title, detail, retryable, conversationId } = decoded
  return { record, class: failureClass, title, detail, retryable, conversationId }
}

const unprojectable = (record: ConsumedRecord, detail: string, conversationId: string | null): Refusal => ({
  record,
  class: 'unprojectable',
  title: UNPROJECTABLE,
  detail,
  retryable: false,
  conversationId,
})

/** Between the brokers that append a conversation and what follows from it: a second on bad days. */
const MOST_CLOCK_DIFFERENCE_MS = 60_000

/** An index entry of Postgres holds 2704 bytes at most; the ids, of 200 characters, always fit. */
const maxClusterBytes = 1024

/** Of an age that no submission reaches it could neither be replaced nor erased. */
function tooYoung(origin: Origin, appendedAt: number): string | null {
  if (origin.appended_at <= appendedAt + MOST_CLOCK_DIFFERENCE_MS) return null
  const [claimed, own] = [origin.appended_at, appendedAt].map((at) => new Date(at).toISOString())
  return `its origin.appended_at, ${claimed}, is later than its own append, ${own}`
}

/** Why a readable insight cannot become a row. */
function faultOf(insight: InsightProduced, key: string, appendedAt: number): string | null {
  // Under another key its erasure would not find it, and it would overtake its own conversation's records.
  if (insight.conversation_id !== key) return 'the record key is not the conversation_id of the insight'
  if (insight.clusters.some((cluster) => Buffer.byteLength(cluster) > maxClusterBytes)) {
    return `a cluster is longer than ${maxClusterBytes} bytes`
  }
  return tooYoung(insight.origin, appendedAt)
}
