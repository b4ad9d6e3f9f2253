import { passHeaders } from '@insights/runtime/kafka/pass-headers'
import type { OutgoingHeader, OutgoingRecord, RecordHeader } from '@insights/runtime/kafka/records'
import { childTraceparent } from '@insights/runtime/trace-context'
import { CONTENT_TYPE } from '@insights/schemas/avro/wire-format'
import type { Codec } from '@insights/schemas/codec'
import { analysisFailedKey } from '@insights/schemas/events/to-analysis-failed'
import { topicName, type EventOf, type TopicId } from '@insights/schemas/topics'

/** What the event follows from: of a record its headers are passed on, of anything else its trace alone. */
export type Cause = { headers: readonly RecordHeader[] } | { traceparent: string | undefined }

export interface RecordOptions {
  encode: Codec['encode']
  /** TOPIC_PREFIX. */
  prefix: string
  randomBytes: (n: number) => Buffer
}

/**
 * An event as a record of its topic: encoded, under the key that the topic's table promises, with a child of its
 * cause's trace. Throws what `encode` throws.
 */
export function toRecord<K extends TopicId>(
  topic: K,
  event: EventOf<K>,
  cause: Cause,
  { encode, prefix, randomBytes }: RecordOptions,
): OutgoingRecord & { value: Buffer } {
  return {
    topic: topicName(topic, prefix),
    key: KEYS[topic](event),
    value: encode(topic, event),
    headers:
      'headers' in cause ? passHeaders(cause.headers, CONTENT_TYPE, randomBytes) : ownHeaders(cause, randomBytes),
  }
}

const KEYS: { [K in TopicId]: (event: EventOf<K>) => string | Buffer | null } = {
  conversationsReceived: (event) => event.conversation_id,
  analysisStarted: ({ items }) => items[0]?.conversation_id ?? null,
  insightsProduced: (event) => event.conversation_id,
  analysisFailed: analysisFailedKey,
}

const ownHeaders = (
  { traceparent }: { traceparent: string | undefined },
  randomBytes: RecordOptions['randomBytes'],
): OutgoingHeader[] => [
  { name: 'traceparent', value: childTraceparent(traceparent, randomBytes) },
  { name: 'content-type', value: CONTENT_TYPE },
]
