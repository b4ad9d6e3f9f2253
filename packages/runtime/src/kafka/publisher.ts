import type { Message, Producer } from 'kafkajs'
import { drawBackoffMs } from '../backoff.ts'
import { within } from '../deadline.ts'
import type { Logger } from '../logger.ts'
import { pause } from '../pause.ts'
import { hasErrorType, isOutage } from './classify-error.ts'
import type { KafkaConnection } from './connect-kafka.ts'
import { createPartitioner } from './consume/partition-records.ts'
import { asKafkaJsHeaders } from './patch-record-headers.ts'
import { createPublishQueue, type Entry } from './publish-queue.ts'
import type { OutgoingRecord } from './records.ts'

export interface PublisherOptions {
  kafka: KafkaConnection
  log: Logger
  /** How long the first record of a batch waits for more records. */
  lingerMs?: number
  maxBatchRecords?: number
  /** A batch of one partition must stay under the topic's `max.message.bytes`; a single larger record goes alone. */
  maxBatchBytes?: number
  maxQueuedRecords?: number
  maxQueuedBytes?: number
  requestTimeoutMs?: number
  /** How long `stop` waits for the broker to acknowledge what is queued. */
  flushTimeoutMs?: number
}

/** What became of records given to `publish`. `timeout` is ambiguous: they may still arrive. */
export type PublishResult =
  { ok: true } | { ok: false; reason: 'queue_full' | 'timeout' | 'too_large' | 'stopped'; detail: string }

export interface Publisher {
  /** Begins to connect and returns; `ready` tells when it is done. Kafka may come up later than the service. */
  start(): Promise<void>
  /**
   * Resolves when the broker has acknowledged all records with acks=all. Without `timeoutMs` it keeps trying until
   * then, or until `stop`. Rejects only for an unexpected error that no retry can fix.
   */
  publish(records: OutgoingRecord[], options?: { timeoutMs?: number }): Promise<PublishResult>
  queued(): { records: number; bytes: number }
  /** Flushes, then closes. */
  stop(): Promise<void>
  /** Null when the broker acknowledges, else why not. */
  ready(): string | null
}

/**
 * One idempotent acks=all batch in flight, never two: after an ambiguous failure kafkajs reuses the sequence number for
 * the next send, and the broker would drop that one as a duplicate of the first. For the same reason a producer whose
 * send failed is thrown away; the next one has a producer id of its own.
 */
export function createPublisher({
  kafka,
  log,
  lingerMs = 5,
  maxBatchRecords = 500,
  maxBatchBytes = 900_000,
  maxQueuedRecords = 20_000,
  maxQueuedBytes = 64 * 1024 * 1024,
  requestTimeoutMs = 10_000,
  flushTimeoutMs = 10_000,
}: PublisherOptions): Publisher {
  const queue = createPublishQueue({ lingerMs, maxBatchRecords, maxBatchBytes, maxQueuedRecords, maxQueuedBytes })
  const abandoned = new AbortController()
  let status: string | null = 'not connected to Kafka yet'
  let sendingSince: number | undefined
  let producer: Promise<Producer | null> | undefined
  let running: Promise<void> | undefined
  let stopping: Promise<void> | undefined

  async function connect(): Promise<Producer | null> {
    for (let attempt = 0; !abandoned.signal.aborted; attempt++) {
      const candidate = kafka.newClient({ requestTimeoutMs }).producer({
        idempotent: true,
        maxInFlightRequests: 1,
        allowAutoTopicCreation: false,
        createPartitioner,
        retry: { initialRetryTime: 50, maxRetryTime: 500, retries: 4 },
      })
      try {
        await candidate.connect()
        if (status !== null) log.info('publisher connected to Kafka')
        status = null
        return candidate
      } catch (error) {
        status = `cannot connect to Kafka: ${messageOf(error)}`
        if (attempt % 10 === 2) log.warn({ err: error, attempt }, 'publisher cannot connect to Kafka, trying again')
        await candidate.disconnect().catch(() => {})
        await pause(drawBackoffMs(attempt, Math.random), abandoned.signal)
      }
    }
    return null
  }

  async function discard(failed: Producer): Promise<void> {
    producer = connect()
    await failed.disconnect().catch(() => {})
  }

  async function deliver(batch: Entry[]): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      const waiting = batch.filter((entry) => !entry.settled)
      if (waiting.length === 0) return
      const current = await (producer ??= connect())
      if (current === null) return
      try {
        sendingSince ??= performance.now()
        await current.sendBatch({ acks: -1, timeout: requestTimeoutMs, topicMessages: byTopic(waiting) })
        for (const entry of waiting) entry.settle({ ok: true })
        status = null
        sendingSince = undefined
        return
      } catch (error) {
        sendingSince = undefined
        if (abandoned.signal.aborted) return
        await discard(current)
        if (hasErrorType(error, 'MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE')) {
          if (waiting.length > 1) for (const entry of waiting) await deliver([entry])
          else waiting[0]?.settle({ ok: false, reason: 'too_large', detail: messageOf(error) })
          return
        }
        if (!isOutage(error) && !hasErrorType(error, ...REFUSALS)) {
          for (const entry of waiting) entry.fail(error)
          return
        }
        status = `Kafka does not acknowledge: ${messageOf(error)}`
        log.warn({ err: error, attempt, records: waiting.length }, 'publish not acknowledged, trying again')
        await pause(drawBackoffMs(attempt, Math.random), abandoned.signal)
      }
    }
  }

  async function run(): Promise<void> {
    for (let batch = await queue.take(); batch !== null; batch = await queue.take()) await deliver(batch)
  }

  async function shutDown(): Promise<void> {
    queue.close()
    if (running !== undefined) await within(flushTimeoutMs, running)
    abandoned.abort()
    queue.settleAll({ ok: false, reason: 'stopped', detail: 'stopped before the broker acknowledged' })
    const last = await producer
    await last?.disconnect().catch((error: unknown) => log.warn({ err: error }, 'producer did not disconnect cleanly'))
  }

  return {
    start: () => {
      producer ??= connect()
      running ??= run()
      return Promise.resolve()
    },
    publish: (records, { timeoutMs } = {}) => queue.add(records, timeoutMs),
    queued: queue.size,
    stop: () => (stopping ??= shutDown()),
    ready: () => {
      if (stopping) return 'stopping'
      const waitedMs = sendingSince === undefined ? 0 : performance.now() - sendingSince
      return status ?? (waitedMs > SLOW_MS ? `Kafka has not acknowledged for ${Math.round(waitedMs / 1000)} s` : null)
    },
  }
}

/** A broker that acknowledges takes milliseconds; one that is stopped or partitioned away does not refuse either. */
const SLOW_MS = 3_000

/** For the operator to fix (access rights), so the records wait instead of being given up. */
const REFUSALS = ['TOPIC_AUTHORIZATION_FAILED', 'CLUSTER_AUTHORIZATION_FAILED', 'SASL_AUTHENTICATION_FAILED']

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

function byTopic(entries: Entry[]) {
  const topics = new Map<string, Message[]>()
  for (const { records } of entries)
    for (const { topic, key, value, headers } of records) {
      const message = { key, value, headers: asKafkaJsHeaders(headers) }
      const messages = topics.get(topic)
      if (messages) messages.push(message)
      else topics.set(topic, [message])
    }
  return [...topics].map(([topic, messages]) => ({ topic, messages }))
}
