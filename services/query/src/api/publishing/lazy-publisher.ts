import type { kafkaOptions } from '@insights/runtime/kafka/connect-kafka'
import type { Publisher } from '@insights/runtime/kafka/publisher'
import type { OutgoingRecord } from '@insights/runtime/kafka/records'
import type { Logger } from '@insights/runtime/logger'

/** What became of records. After `away` they may still arrive, so what is published must bear a repetition. */
export type Published =
  { kind: 'acknowledged' } | { kind: 'away'; reason: string } | { kind: 'too_large'; detail: string }

/** Resolves when all in-sync replicas have the records, or after some seconds. Rejects only for an unexpected error. */
export type Publish = (records: OutgoingRecord[]) => Promise<Published>

export interface LazyPublisher {
  publish: Publish
  /** Closes the connection, if there is one. What is published from then on is `away`. */
  stop(): Promise<void>
}

/**
 * Kafka as the API writes to it: loaded and connected with the first record that is published. So an API starts as
 * quickly without it, and answers its reads while Kafka is away.
 */
export function createLazyPublisher({
  config,
  log,
  timeoutMs,
}: {
  config: Parameters<typeof kafkaOptions>[0]
  log: Logger
  /** How long a record may wait for its acknowledgement. */
  timeoutMs: number
}): LazyPublisher {
  let opening: Promise<Publisher> | undefined
  let isStopped = false

  async function open(): Promise<Publisher> {
    const [{ connectKafka, kafkaOptions }, { createPublisher }] = await Promise.all([
      import('@insights/runtime/kafka/connect-kafka'),
      import('@insights/runtime/kafka/publisher'),
    ])
    const publisher = createPublisher({
      kafka: connectKafka({ clientId: 'query-api', log, ...kafkaOptions(config) }),
      log,
      // Who publishes waits for the acknowledgement, and is stopped first: there is nothing left to flush.
      flushTimeoutMs: 500,
    })
    await publisher.start()
    return publisher
  }

  return {
    publish: async (records) => {
      if (isStopped) return { kind: 'away', reason: 'stopping' }
      const publisher = await (opening ??= open())
      const result = await publisher.publish(records, { timeoutMs })
      if (result.ok) return { kind: 'acknowledged' }
      if (result.reason === 'too_large') return { kind: 'too_large', detail: result.detail }
      return { kind: 'away', reason: publisher.ready() ?? result.detail }
    },
    stop: async () => {
      isStopped = true
      await (await opening)?.stop()
    },
  }
}
