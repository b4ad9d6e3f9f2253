import { LATE, within } from '@insights/runtime/deadline'
import { ensureTopics } from '@insights/runtime/kafka/admin'
import { connectKafka } from '@insights/runtime/kafka/connect-kafka'
import { createConsumer } from '@insights/runtime/kafka/consume/consumer'
import { createPublisher } from '@insights/runtime/kafka/publisher'
import { createLogger } from '@insights/runtime/logger'
import pg from 'pg'

const log = createLogger({ service: 'exercise', level: 'silent' })
const PATIENCE_MS = 30_000

/** Publishes one record, acknowledged by all replicas. */
export async function publishRecord(brokers: string, topic: string, value: string): Promise<void> {
  const publisher = createPublisher({ kafka: connect(brokers), log })
  await publisher.start()
  try {
    const record = { topic, key: 'key', value: Buffer.from(value), headers: [] }
    const result = await publisher.publish([record], { timeoutMs: PATIENCE_MS })
    if (!result.ok) throw new Error(`the record was not acknowledged: ${result.reason}, ${result.detail}`)
  } finally {
    await publisher.stop()
  }
}

/** Creates a topic of one partition with as many copies as the cluster keeps. */
export async function createTopic(brokers: string, name: string): Promise<void> {
  const replicationFactor = brokers.split(',').length
  await ensureTopics(connect(brokers), [{ name, partitions: 1, replicationFactor, config: {} }])
}

/** The values of the first `count` records of a topic, read by a consumer group of its own. */
export async function readRecords(brokers: string, topic: string, count: number, groupId: string): Promise<string[]> {
  const values: string[] = []
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const consumer = createConsumer({
    kafka: connect(brokers),
    log,
    groupId,
    topics: [topic],
    onCrash: reject,
  })
  await consumer.start({
    onBatch: async ({ records }) => {
      values.push(...records.map(({ value }) => value?.toString() ?? ''))
      if (values.length >= count) resolve()
    },
  })
  try {
    if ((await within(PATIENCE_MS, promise)) === LATE)
      throw new Error(`only ${values.length} of ${count} records came in ${PATIENCE_MS} ms`)
    return values.slice(0, count)
  } finally {
    await consumer.stop()
  }
}

/** Registers a record schema with one field; returns its id. Each name is a schema of its own. */
export async function registerSchema(registryUrl: string, name: string): Promise<number> {
  const schema = JSON.stringify({ type: 'record', name, fields: [{ name: 'a', type: 'string' }] })
  const response = await fetch(`${registryUrl}/subjects/${name}-value/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema }),
    signal: AbortSignal.timeout(PATIENCE_MS),
  })
  if (!response.ok) throw new Error(`the registry refused ${name}: ${response.status} ${await response.text()}`)
  return ((await response.json()) as { id: number }).id
}

/** Runs one statement on a connection of its own. */
export async function runQuery(
  databaseUrl: string,
  text: string,
  timeoutMs = PATIENCE_MS,
): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
  })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return (await client.query<Record<string, unknown>>(text)).rows
  } finally {
    await client.end().catch(() => undefined)
  }
}

const connect = (brokers: string) =>
  connectKafka({ clientId: 'exercise', brokers: brokers.split(','), ssl: false, log })
