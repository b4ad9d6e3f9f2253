import { connectKafka } from '@insights/runtime/kafka/connect-kafka'
import { readToEnd } from '@insights/runtime/kafka/consume/read-to-end'
import type { ConsumedRecord } from '@insights/runtime/kafka/records'
import { createLogger } from '@insights/runtime/logger'
import { createCodec } from '@insights/schemas/codec'
import { topicName, type EventOf, type TopicId } from '@insights/schemas/topics'

const log = createLogger({ service: 'test', level: 'silent' })

/** Every record that the topic holds now, decoded, from the first offset on. */
export async function readTopic<K extends TopicId>(
  env: Record<string, string>,
  id: K,
): Promise<{ record: ConsumedRecord; event: EventOf<K> }[]> {
  const prefix = env.TOPIC_PREFIX ?? ''
  const topic = topicName(id, prefix)
  const codec = createCodec({ registryUrl: env.SCHEMA_REGISTRY_URL ?? '', prefix })
  const found: { record: ConsumedRecord; event: EventOf<K> }[] = []
  await readToEnd({
    kafka: connectKafka({ clientId: 'reader', brokers: (env.KAFKA_BROKERS ?? '').split(','), ssl: false, log }),
    log,
    topic,
    onRecords: async (records) => {
      for (const record of records) {
        const decoded = await codec.decode(id, record.value)
        if (decoded.kind !== 'ok') throw new Error(`${topic}: ${JSON.stringify(decoded)}`)
        found.push({ record, event: decoded.value })
      }
    },
  })
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
