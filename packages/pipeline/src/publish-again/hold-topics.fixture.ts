import { withHeaders, type ConsumedRecord, type RecordHeader } from '@insights/runtime/kafka/records'
import { writeHeaders } from '@insights/runtime/kafka/wire-headers'
import type { Codec } from '@insights/schemas/codec'
import type { ConversationReceived } from '@insights/schemas/events/conversation-received'
import type { InsightProduced } from '@insights/schemas/events/insight-produced'
import type { Origin } from '@insights/schemas/events/origin'
import { topicName, type EventOf, type TopicId } from '@insights/schemas/topics'
import type { ReadTopic } from './open-topics.ts'

/** Topics in memory, of one partition each, whose events are not encoded: Avro is left to the codec's tests. */
export function holdTopics() {
  const held = new Map<TopicId, ConsumedRecord[]>()
  const events = new Map<Buffer, unknown>()
  const recordsOf = (topic: TopicId) => held.get(topic) ?? []

  function append<K extends TopicId>(
    topic: K,
    record: { key: string | Buffer | null; appendedAt: number; headers?: RecordHeader[]; offset?: number },
    event: EventOf<K> | 'unreadable' | null,
  ): ConsumedRecord {
    const value = event === null ? null : Buffer.from('bytes')
    if (value !== null && event !== 'unreadable') events.set(value, event)
    const { key, appendedAt, headers = [], offset = recordsOf(topic).length } = record
    const place = { topic: topicName(topic, ''), partition: 0, offset, appendedAt }
    const bytes = typeof key === 'string' ? Buffer.from(key) : key
    const appended = withHeaders({ ...place, key: bytes, value }, writeHeaders(headers))
    held.set(topic, [...recordsOf(topic), appended])
    return appended
  }
  const read: ReadTopic = (topic, { since, ranges }, onRecords) =>
    onRecords(
      recordsOf(topic).filter(
        ({ appendedAt, offset }) =>
          appendedAt >= (since ?? 0) && (ranges?.some(({ from, end }) => offset >= from && offset < end) ?? true),
      ),
    )
  const decode = async (_: TopicId, value: Buffer | null) =>
    value !== null && events.has(value) ? { kind: 'ok', value: events.get(value) } : UNREADABLE
  return { append, read, codec: { decode: decode as unknown as Codec['decode'] } }
}

const UNREADABLE = { kind: 'unreadable', class: 'undecodable', title: '', detail: 'garbage', retryable: false } as const

export const conversation = (conversation_id: string): ConversationReceived => ({
  conversation_id,
  messages: [{ author_id: null, text: 'hello', timestamp: null, inbound: true }],
  metadata: '{}',
  source: 'test',
  submission_id: '3a0b7c0e-38a3-4f06-9f3c-0d2b5c2b8f11',
})

export const insight = (conversation_id: string, origin: Origin, changes: Partial<InsightProduced> = {}) => ({
  insight_id: '5e0a6f5c-7d3c-5b7e-9a35-0d6f2f4c7a11',
  conversation_id,
  sentiment_score: 0,
  clusters: [],
  confidence: 1,
  reasoning: '',
  model: 'm',
  prompt_version: '1',
  created_at: 0,
  origin,
  call_id: 'c',
  attempts: 1,
  occurred_at: null,
  truncated: false,
  usage: { prompt_tokens: 0, cached_tokens: 0, completion_tokens: 0, reasoning_tokens: 0, cost_usd_ticks: 0 },
  raw: null,
  ...changes,
})

export const originAt = (appended_at: number, offset = 0): Origin => ({
  topic: 'conversations.received',
  partition: 0,
  offset,
  appended_at,
})
