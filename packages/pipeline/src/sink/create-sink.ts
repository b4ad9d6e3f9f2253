import type { KafkaConnection } from '@insights/runtime/kafka/connect-kafka'
import { createConsumer } from '@insights/runtime/kafka/consume/consumer'
import { createGroupReader } from '@insights/runtime/kafka/consume/read-group'
import type { Part } from '@insights/runtime/lifecycle'
import { topicName, type TopicId } from '@insights/schemas/topics'
import { consumeBatch, type ConsumeBatchOptions, type Planned } from './consume-batch.ts'
import { createRetries } from './retry-while-away.ts'
import { takeOneByOne } from './take-one-by-one.ts'

export interface SinkOptions<K extends TopicId, Plan extends Planned, Written> extends Omit<
  ConsumeBatchOptions<K, Plan, Written>,
  'commit' | 'retries'
> {
  /** Of the process, as a failure tells of it: `projector`. */
  name: string
  groupId: string
  kafka: KafkaConnection
  /** Partitions that are written at once. */
  concurrency: number
  /** The longest that one try to write may take, in ms; three times that long is told as wedged. */
  writeTimeoutMs: number
  crash: (error: unknown) => void
  random: () => number
  /** Milliseconds, from any zero. */
  monotonic: () => number
}

export interface Sink {
  /** Started when the store, its tables and the schemas are there. */
  part: Part
  /**
   * For `/healthz`: waiting for the world is declared and ends each attempt (I9); one that never ends is cured by a
   * restart alone.
   */
  live(): string | null
  /** Null when the group is joined, else why not. */
  ready(): string | null
  /** What work waits for, or null. */
  waiting(): string | null
}

/**
 * From topics into a store, each record once in effect: read a batch, publish what can never be stored as failures,
 * write the rest, commit. What is away is waited for, and a record that ends processes is found and given up.
 */
export function createSink<K extends TopicId, Plan extends Planned, Written>(
  options: SinkOptions<K, Plan, Written>,
): Sink {
  const { name, groupId, kafka, log, prefix, random, monotonic } = options
  const topics = options.topics.map((id) => topicName(id, prefix))
  const wedgedMs = 3 * options.writeTimeoutMs
  const readers = new Map(topics.map((topic) => [topic, createGroupReader({ kafka, groupId, topic })]))
  const retries = createRetries({ log, random, monotonicNow: monotonic })
  const consumer = createConsumer({
    kafka,
    log,
    groupId,
    topics,
    partitionsConsumedConcurrently: options.concurrency,
    maxBytesPerPartition: 4 * 1024 * 1024,
    onCrash: options.crash,
  })
  const { commit } = consumer
  const handle = consumeBatch({ ...options, commit, retries })
  const committed = async (topic: string) => (await readers.get(topic)?.committed()) ?? new Map()
  const onBatch = takeOneByOne({ name, handle, commit, committed, retries, log })

  return {
    part: {
      name: 'consumer',
      start: () => consumer.start({ onBatch }),
      stop: async () => {
        const stopped = consumer.stop() // from here on no batch is handed out
        retries.stop()
        await stopped
        await Promise.all([...readers.values()].map((reader) => reader.stop()))
      },
    },
    live: () => {
      const silentMs = retries.silentMs()
      return silentMs > wedgedMs ? `an attempt has been running for ${Math.round(silentMs / 1000)} s` : null
    },
    ready: consumer.ready,
    waiting: retries.waiting,
  }
}
