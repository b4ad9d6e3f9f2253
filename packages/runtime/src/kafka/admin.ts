import kafkajs, { type Admin } from 'kafkajs'
import { pause } from '../pause.ts'
import { hasErrorType, isOutage } from './classify-error.ts'
import type { KafkaConnection } from './connect-kafka.ts'

export interface TopicSpec {
  name: string
  partitions: number
  replicationFactor: number
  /** Kafka's topic configuration, e.g. `{ 'retention.ms': '604800000' }`. */
  config: Record<string, string>
}

/**
 * Creates the topics that are missing, adds partitions where there are fewer than asked for, and sets the configuration
 * of all. Never removes anything. Safe to run twice and by two at once.
 */
export function ensureTopics(kafka: KafkaConnection, specs: TopicSpec[]): Promise<{ created: string[] }> {
  // Outside of what is tried again: a try that fails halfway has created topics, too.
  const created = new Set<string>()
  return withAdmin(kafka, async (admin) => {
    const existing = new Set(await admin.listTopics())
    const missing = specs.filter(({ name }) => !existing.has(name))
    if (missing.length > 0)
      await admin.createTopics({
        // kafkajs' own wait gives up when the broker it asks has not heard of the topic yet.
        waitForLeaders: false,
        topics: missing.map(({ name, partitions, replicationFactor, config }) => ({
          topic: name,
          numPartitions: partitions,
          replicationFactor,
          configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
        })),
      })
    for (const { name } of missing) created.add(name)
    await addPartitions(admin, specs)
    await waitForPartitions(admin, specs)
    await setConfig(
      admin,
      specs.filter(({ name }) => existing.has(name)),
    )
    return { created: [...created] }
  })
}

async function addPartitions(admin: Admin, specs: TopicSpec[]): Promise<void> {
  const present = await partitionsOf(admin, specs)
  for (const { name, partitions } of specs) {
    if ((present.get(name)?.count ?? 0) >= partitions) continue
    try {
      await admin.createPartitions({ topicPartitions: [{ topic: name, count: partitions }] })
    } catch (error) {
      // They are there already: the broker that was asked for the count was behind, or another process was faster.
      if (!hasErrorType(error, 'INVALID_PARTITIONS')) throw error
    }
  }
}

/**
 * The next question may reach a broker that does not know what was just created; new partitions lack a leader at first.
 */
async function waitForPartitions(admin: Admin, specs: TopicSpec[]): Promise<void> {
  for (const deadline = performance.now() + PATIENCE_MS; ; await pause(50)) {
    const present = await partitionsOf(admin, specs)
    const lacking = specs.filter(({ name, partitions }) => {
      const { count, led } = present.get(name) ?? { count: 0, led: 0 }
      return count < partitions || led < count
    })
    if (lacking.length === 0) return
    const names = lacking.map(({ name }) => name).join(', ')
    if (performance.now() > deadline)
      throw new Error(`partitions are missing or have no leader after ${PATIENCE_MS} ms: ${names}`)
  }
}

/** By topic how many partitions it has and how many of them have a leader. */
async function partitionsOf(admin: Admin, specs: TopicSpec[]): Promise<Map<string, { count: number; led: number }>> {
  const { topics } = await admin.fetchTopicMetadata({ topics: specs.map(({ name }) => name) })
  return new Map(
    topics.map(({ name, partitions }) => [
      name,
      { count: partitions.length, led: partitions.filter(({ leader }) => leader >= 0).length },
    ]),
  )
}

async function setConfig(admin: Admin, specs: TopicSpec[]): Promise<void> {
  if (specs.length === 0) return
  await admin.alterConfigs({
    validateOnly: false,
    resources: specs.map(({ name, config }) => ({
      type: kafkajs.ConfigResourceTypes.TOPIC,
      name,
      configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
    })),
  })
}

/**
 * Which of `names` the cluster has.
 * @throws after one try when Kafka cannot be reached: for a command, whose user waits
 */
export async function existingTopics(kafka: KafkaConnection, names: string[]): Promise<string[]> {
  const admin = kafka.newClient().admin({ retry: { retries: 0 } })
  try {
    await admin.connect()
    const existing = new Set(await admin.listTopics())
    return names.filter((name) => existing.has(name))
  } finally {
    await admin.disconnect()
  }
}

/** Topics that are gone already are no fault. */
export function deleteTopics(kafka: KafkaConnection, names: string[]): Promise<void> {
  return withAdmin(kafka, async (admin) => {
    const existing = new Set(await admin.listTopics())
    const topics = names.filter((name) => existing.has(name))
    if (topics.length > 0) await admin.deleteTopics({ topics })
  })
}

export interface PartitionLag {
  topic: string
  partition: number
  /** Next offset the group reads; null when it has never committed. */
  committed: number | null
  /** Offset after the newest record. */
  end: number
  lag: number
}

/** How far a group is behind, from the broker's own figures (a stuck client's events would freeze with it). */
export function groupLag(kafka: KafkaConnection, groupId: string, topics: string[]): Promise<PartitionLag[]> {
  return withAdmin(kafka, async (admin) => {
    const committed = await admin.fetchOffsets({ groupId, topics })
    const lags: PartitionLag[] = []
    for (const { topic, partitions } of committed) {
      const ends = new Map((await admin.fetchTopicOffsets(topic)).map((p) => [p.partition, p]))
      for (const { partition, offset } of partitions) {
        const end = Number(ends.get(partition)?.high ?? 0)
        const next = Number(offset) < 0 ? null : Number(offset)
        lags.push({
          topic,
          partition,
          committed: next,
          end,
          lag: end - (next ?? Number(ends.get(partition)?.low ?? 0)),
        })
      }
    }
    return lags
  })
}

/** The offsets of a partition from `from` up to, and without, `end`. */
export interface OffsetRange {
  partition: number
  from: number
  end: number
  /** The first offset that the topic still holds. Not 0: what was before has gone for its age, or for its size. */
  low: number
}

/**
 * What a topic holds now, or of that what was appended at `since` and later (epoch ms, of a topic whose append times
 * count). Where nothing is that late, `from` is `end`.
 */
export function offsetRanges(
  kafka: KafkaConnection,
  topic: string,
  since: number | null = null,
): Promise<OffsetRange[]> {
  return withAdmin(kafka, async (admin) => {
    const held = await admin.fetchTopicOffsets(topic)
    const late = since === null ? [] : await admin.fetchTopicOffsetsByTimestamp(topic, Math.max(0, since))
    const begins = new Map(late.map(({ partition, offset }) => [partition, Number(offset)]))
    return held.map(({ partition, low, high }) => {
      const [first, end] = [Number(low), Number(high)]
      return { partition, low: first, from: Math.min(end, Math.max(first, begins.get(partition) ?? first)), end }
    })
  })
}

const PATIENCE_MS = 30_000

/**
 * Everything here may be done twice, so what passes by itself is tried again for a while: a broker that starts is not
 * reached yet, on a young cluster the coordinator loads, and the broker that is asked has not heard of a new topic.
 */
async function withAdmin<T>(kafka: KafkaConnection, use: (admin: Admin) => Promise<T>): Promise<T> {
  for (const deadline = performance.now() + PATIENCE_MS; ; await pause(100)) {
    const admin = kafka.newClient().admin()
    try {
      await admin.connect()
      return await use(admin)
    } catch (error) {
      if (!isOutage(error) || performance.now() > deadline) throw error
    } finally {
      await admin.disconnect()
    }
  }
}
