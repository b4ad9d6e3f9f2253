import { connectKafka, kafkaOptions } from '@insights/runtime/kafka/connect-kafka'
import { createConsumer } from '@insights/runtime/kafka/consumer'
import { createPublisher } from '@insights/runtime/kafka/publisher'
import type { ConsumedRecord, OutgoingRecord } from '@insights/runtime/kafka/records'
import { createLogger } from '@insights/runtime/logger'
import { readConfig } from '@insights/runtime/read-config'
import { createCodec, type Codec } from '@insights/schemas/codec'
import type { ConversationReceived } from '@insights/schemas/conversation-received'
import { topicName, type EventOf, type TopicId } from '@insights/schemas/topics'
import { variables } from './config.ts'

const log = createLogger({ service: 'test', level: process.env['TEST_LOG_LEVEL'] ?? 'silent' })

export interface Read<K extends TopicId> {
  record: ConsumedRecord
  event: EventOf<K>
}

/** Producers and consumers of other systems: writes any bytes, reads every event of the analyzer's topics. */
export async function joinTopics(env: Record<string, string>) {
  const prefix = env['TOPIC_PREFIX'] ?? ''
  const config = readConfig(variables, { GROK_API_KEY: 'none', ...env })
  const kafka = connectKafka({ clientId: 'test', log, ...kafkaOptions(config) })
  const codec: Codec = createCodec({ registryUrl: config.SCHEMA_REGISTRY_URL, prefix })
  await codec.load()
  const publisher = createPublisher({ kafka, log })
  await publisher.start()
  const read: { [K in TopicId]: Read<K>[] } = {
    conversationsReceived: [],
    analysisStarted: [],
    insightsProduced: [],
    analysisFailed: [],
  }
  const readers = { analysisStarted: 1, insightsProduced: 1, analysisFailed: 1 } as const
  const faults: unknown[] = []
  /** This reader commits nothing, so after a rejoin it sees everything again. */
  const seen = new Set<string>()
  const ids = Object.keys(readers) as (keyof typeof readers)[]
  const idOf = new Map(ids.map((id) => [topicName(id, prefix), id]))
  const consumer = createConsumer({
    kafka,
    log,
    groupId: `${prefix}test`,
    topics: [...idOf.keys()],
    onBatch: async ({ topic, records }) => {
      const id = idOf.get(topic) as keyof typeof readers
      for (const record of records) {
        const place = `${topic} ${record.partition} ${record.offset}`
        if (seen.has(place)) continue
        seen.add(place)
        const decoded = await codec.decode(id, record.value)
        if (decoded.kind === 'ok') (read[id] as Read<TopicId>[]).push({ record, event: decoded.value })
        else faults.push(decoded)
      }
    },
    onCrash: (error) => void faults.push(error),
    maxWaitMs: 100,
  })
  await consumer.start()
  const topic = topicName('conversationsReceived', prefix)
  const publish = async (records: Omit<OutgoingRecord, 'topic'>[]) => {
    const result = await publisher.publish(records.map((record) => ({ ...record, topic })))
    if (!result.ok) throw new Error(result.detail)
  }
  return {
    kafka,
    codec,
    read,
    faults,
    topic,
    publish,
    send: (conversations: ConversationReceived[], headers: Record<string, string> = {}) =>
      publish(
        conversations.map((conversation) => ({
          key: conversation.conversation_id,
          value: codec.encode('conversationsReceived', conversation),
          headers: Object.entries(headers).map(([name, value]) => ({ name, value })),
        })),
      ),
    stop: async () => {
      await consumer.stop()
      await publisher.stop()
    },
  }
}
