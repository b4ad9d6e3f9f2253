import { registryOptions } from '@insights/runtime/config/registry-options'
import type { kafkaVariables, registryVariables, serviceVariables } from '@insights/runtime/config/shared-variables'
import { offsetRanges, type OffsetRange } from '@insights/runtime/kafka/admin'
import { connectKafka, kafkaOptions } from '@insights/runtime/kafka/connect-kafka'
import { readToEnd } from '@insights/runtime/kafka/consume/read-to-end'
import { createPublisher } from '@insights/runtime/kafka/publisher'
import type { ConsumedRecord } from '@insights/runtime/kafka/records'
import { createLogger } from '@insights/runtime/logger'
import { showLogLine } from '@insights/runtime/show-log-line'
import { createCodec } from '@insights/schemas/codec'
import { topicName, type TopicId } from '@insights/schemas/topics'
import type { z } from 'zod'
import { requireTopic } from '../require-topic.ts'
import type { Step } from '@insights/runtime/show-progress'

/** Reads what a topic holds now: all of it, what was appended at `since` (epoch ms) and later, or these ranges. */
export type ReadTopic = (
  topic: TopicId,
  part: { since?: number | null; ranges?: Pick<OffsetRange, 'partition' | 'from' | 'end'>[] },
  onRecords: (records: ConsumedRecord[]) => Promise<void>,
) => Promise<void>

type Config = z.infer<
  z.ZodObject<typeof kafkaVariables & typeof registryVariables & { LOG_LEVEL: (typeof serviceVariables)['LOG_LEVEL'] }>
>

/**
 * The topics of a pipeline as a command reads and writes them.
 * @throws CommandFault at once when Kafka is away, or does not have `topics`
 */
export async function openTopics(
  name: string,
  config: Config,
  { topics, step }: { topics: readonly TopicId[]; step: Step },
) {
  const log = createLogger({
    service: name,
    level: config.LOG_LEVEL === 'info' ? 'warn' : config.LOG_LEVEL,
    destination: { write: (line) => void process.stderr.write(`${showLogLine(name, line.trim()) ?? ''}\n`) },
  })
  const kafka = connectKafka({ clientId: name, ...kafkaOptions(config), log })
  const nameOf = (id: TopicId) => topicName(id, config.TOPIC_PREFIX)
  for (const id of topics) await requireTopic(kafka, nameOf(id), config.KAFKA_BROKERS)
  const codec = createCodec({ ...registryOptions(config), prefix: config.TOPIC_PREFIX })
  await codec.load()
  const publisher = createPublisher({ kafka, log })
  await publisher.start()
  const read: ReadTopic = async (id, { since = null, ...given }, onRecords) => {
    const topic = nameOf(id)
    const ranges = given.ranges ?? (await offsetRanges(kafka, topic, since))
    const total = ranges.reduce((sum, { from, end }) => sum + end - from, 0)
    const onPassed = given.ranges === undefined ? step(`reading ${topic}`, total) : undefined
    await readToEnd({ kafka, log, topic, ranges, onRecords, ...(onPassed && { onPassed }) })
  }
  return {
    codec,
    read,
    ranges: (id: TopicId, since: number | null) => offsetRanges(kafka, nameOf(id), since),
    publish: (record: Parameters<typeof publisher.publish>[0][number]) =>
      publisher.publish([record], { timeoutMs: 30_000 }),
    stop: publisher.stop,
  }
}
