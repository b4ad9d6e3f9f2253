import { toRecord } from '@insights/pipeline/to-record'
import type { Publisher } from '@insights/runtime/kafka/publisher'
import type { Codec } from '@insights/schemas/codec'
import type { ConversationReceived } from '@insights/schemas/events/conversation-received'
import { topics } from '@insights/schemas/topics'

/** What became of one conversation. After a `timeout` the record can still arrive; `retryAfter` is in whole seconds. */
export type Published =
  { kind: 'acknowledged' } | { kind: 'too_large' } | { kind: 'unavailable'; reason: Unavailable; retryAfter: number }

export type Unavailable = keyof typeof RETRY_AFTER

export type PublishConversation = (event: ConversationReceived, traceparent: string) => Promise<Published>

/** Largest Avro value that `conversations.received` takes: key, headers and batch framing need less than 4 KiB. */
const MAX_VALUE_BYTES = Number(topics.conversationsReceived.config['max.message.bytes']) - 4096

/** Largest body whose event surely fits, numbers in metadata aside: ids, source and lengths add less than 1 KiB. */
export const MAX_BODY_BYTES = MAX_VALUE_BYTES - 1024

/**
 * Gives an event to Kafka and waits for the acknowledgement of all in-sync replicas (I1), `timeoutMs` at most. The size
 * is checked here, since metadata can outgrow the body it came in: `1e20` is printed as 21 digits.
 */
export function createPublishConversation(o: {
  codec: Pick<Codec, 'encode'>
  publish: Publisher['publish']
  /** Null once events can be encoded, else why not. */
  notReady: () => string | null
  topicPrefix: string
  timeoutMs: number
  randomBytes: (n: number) => Buffer
}): PublishConversation {
  const recordOptions = { encode: o.codec.encode, prefix: o.topicPrefix, randomBytes: o.randomBytes }

  return async (event, traceparent) => {
    if (o.notReady() !== null) return unavailable('not_ready')

    const record = toRecord('conversationsReceived', event, { traceparent }, recordOptions)
    if (record.value.length > MAX_VALUE_BYTES) return { kind: 'too_large' }

    const result = await o.publish([record], { timeoutMs: o.timeoutMs })
    if (result.ok) return { kind: 'acknowledged' }
    return result.reason === 'too_large' ? { kind: 'too_large' } : unavailable(result.reason)
  }
}

/** Seconds. A full queue drains fast, a broker that does not answer takes longer. */
const RETRY_AFTER = { not_ready: 2, queue_full: 1, stopped: 1, timeout: 5 }

const unavailable = (reason: Unavailable): Published => ({
  kind: 'unavailable',
  reason,
  retryAfter: RETRY_AFTER[reason],
})
