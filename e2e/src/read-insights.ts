import { createLogger } from '@insights/runtime/logger'
import { connectKafka } from '@insights/runtime/kafka/connect-kafka'
import { groupLag } from '@insights/runtime/kafka/admin'
import { createConsumer } from '@insights/runtime/kafka/consumer'
import type { ConsumedRecord } from '@insights/runtime/kafka/records'
import { createCodec } from '@insights/schemas/codec'
import { topicName, type EventOf, type TopicId } from '@insights/schemas/topics'
import { randomUUID } from 'node:crypto'

const log = createLogger({ service: 'test', level: 'silent' })

/** Every record that the topic holds now, decoded, from the first offset on. */
export async function readTopic<K extends TopicId>(
  env: Record<string, string>,
  topic: K,
): Promise<{ record: ConsumedRecord; event: EventOf<K> }[]> {
  const name = topicName(topic, env.TOPIC_PREFIX ?? '')
  const kafka = connectKafka({ clientId: 'reader', brokers: (env.KAFKA_BROKERS ?? '').split(','), ssl: false, log })
  const codec = createCodec({ registryUrl: env.SCHEMA_REGISTRY_URL ?? '', prefix: env.TOPIC_PREFIX ?? '' })
  const group = `${name}-reader-${randomUUID()}`
  const missing = new Map(
    (await groupLag(kafka, group, [name])).filter(({ lag }) => lag > 0).map(({ partition, end }) => [partition, end]),
  )
  const found: { record: ConsumedRecord; event: EventOf<K> }[] = []
  const done = Promise.withResolvers<void>()
  if (missing.size === 0) return found
  const consumer = createConsumer({
    kafka,
    log,
    groupId: group,
    topics: [name],
    maxWaitMs: 50,
    onCrash: done.reject,
    onBatch: async ({ partition, records }) => {
      for (const record of records) {
        const decoded = await codec.decode(topic, record.value)
        if (decoded.kind !== 'ok') throw new Error(`${name}: ${JSON.stringify(decoded)}`)
        found.push({ record, event: decoded.value })
      }
      if ((records.at(-1)?.offset ?? -1) + 1 >= (missing.get(partition) ?? 0)) missing.delete(partition)
      if (missing.size === 0) done.resolve()
    },
  })
  await consumer.start()
  await done.promise
  await consumer.stop()
  return found
}

export interface ServedInsight {
  conversation_id: string
  model: string
  sentiment_score: number
}

/** Everything that the query API serves, page by page. */
export async function servedInsights(queryUrl: string): Promise<{ total: number; insights: ServedInsight[] }> {
  const insights: ServedInsight[] = []
  let cursor: string | null = null
  let total = 0
  do {
    const query = new URLSearchParams({
      start_time: '2020-01-01T00:00:00Z',
      end_time: '2100-01-01T00:00:00Z',
      limit: '1000',
    })
    if (cursor !== null) query.set('cursor', cursor)
    const response = await fetch(`${queryUrl}/api/v1/insights?${query}`)
    if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`)
    const body = (await response.json()) as {
      metadata: { total_count: number; next_cursor: string | null }
      data: ServedInsight[]
    }
    insights.push(...body.data)
    total = body.metadata.total_count
    cursor = body.metadata.next_cursor
  } while (cursor !== null)
  return { total, insights }
}
