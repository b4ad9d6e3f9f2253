import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { createPublisher } from '@insights/runtime/kafka/publisher'
import { generateConversations } from '@insights/sample-conversations/generate-conversations'
import type { ConversationReceived } from '@insights/schemas/events/conversation-received'
import { CONTENT_TYPE } from '@insights/schemas/avro/wire-format'
import type { Pipeline } from './start-bed.ts'

export interface Backlog {
  /** Publishes `count` more conversations, acknowledged by all replicas; `report` hears now and then how far it is. */
  publish(count: number, report?: (line: string) => void): Promise<void>
  /** Ids `c-0` … up to this number have been acknowledged. */
  published(): number
  /** Keeps `ahead` conversations waiting beyond those `done`, `limit` in all at most, until it is stopped. */
  keepAhead(options: { ahead: number; done: () => number; limit: number }): Feeding
  [Symbol.asyncDispose](): Promise<void>
}

export interface Feeding {
  /** Rejects when something could not be published meanwhile. */
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Sample conversations straight into Kafka, as another system would put them. They repeat after a few hundred, so each
 * carries its own number in its text: no two are the same work.
 */
export async function createBacklog(pipeline: Pipeline): Promise<Backlog> {
  const publisher = createPublisher({ kafka: pipeline.kafka, log: pipeline.log })
  await publisher.start()
  const samples = generateConversations({ seed: 1, count: SAMPLES })
  let published = 0

  function compose(number: number): ConversationReceived {
    const { messages, metadata } = samples[number % samples.length] as (typeof samples)[number]
    return {
      conversation_id: conversationId(number),
      messages: messages.map(({ author_id, text, timestamp, inbound }, index) => ({
        author_id,
        text: index === 0 ? `${text} (${pipeline.prefix}${number})` : text,
        timestamp: Date.parse(timestamp),
        inbound,
      })),
      metadata: JSON.stringify(metadata),
      source: 'bench',
      submission_id: randomUUID(),
    }
  }

  async function publishChunk(from: number, to: number): Promise<void> {
    const records = Array.from({ length: to - from }, (_, index) => {
      const conversation = compose(from + index)
      const value = pipeline.codec.encode('conversationsReceived', conversation)
      const topic = pipeline.topic('conversationsReceived')
      return {
        topic,
        key: conversation.conversation_id,
        value,
        headers: [{ name: 'content-type', value: CONTENT_TYPE }],
      }
    })
    const result = await publisher.publish(records, { timeoutMs: 60_000 })
    if (!result.ok) throw new Error(`the backlog was not acknowledged: ${result.reason}, ${result.detail}`)
  }

  async function publish(count: number, report: (line: string) => void = () => undefined): Promise<void> {
    const end = published + count
    let reportAt = performance.now() + REPORT_MS
    while (published < end) {
      const to = Math.min(end, published + CHUNK)
      await publishChunk(published, to)
      published = to
      if (performance.now() < reportAt) continue
      report(`backlog: ${published} of ${end} conversations published`)
      reportAt = performance.now() + REPORT_MS
    }
  }

  function keepAhead({ ahead, done, limit }: { ahead: number; done: () => number; limit: number }): Feeding {
    const stopped = new AbortController()
    const { signal } = stopped
    const feed = async () => {
      while (!signal.aborted) {
        const missing = Math.min(done() + ahead, limit) - published
        if (missing > 0) await publish(missing)
        await sleep(500, undefined, { signal }).catch(() => undefined)
      }
    }
    const feeding = feed()
    feeding.catch(() => undefined) // it rejects where it is awaited
    const stop = () => {
      stopped.abort()
      return feeding
    }
    return { stop, [Symbol.asyncDispose]: () => stop().catch(() => undefined) }
  }

  return { publish, published: () => published, keepAhead, [Symbol.asyncDispose]: publisher.stop }
}

export const conversationId = (number: number): string => `c-${number}`

const SAMPLES = 500
const CHUNK = 500
const REPORT_MS = 2_000
