import { offsetRanges, type OffsetRange } from '@insights/runtime/kafka/admin'
import type { KafkaConnection } from '@insights/runtime/kafka/connect-kafka'
import { readToEnd } from '@insights/runtime/kafka/consume/read-to-end'
import type { ConsumedRecord } from '@insights/runtime/kafka/records'
import type { Logger } from '@insights/runtime/logger'
import type { Step } from '@insights/runtime/show-progress'
import { topicName, type TopicId } from '@insights/schemas/topics'
import { requireTopic } from '../require-topic.ts'

/** Reads what a topic holds now: all of it, what was appended at `since` (epoch ms) and later, or these ranges. */
export type ReadTopic = (
  topic: TopicId,
  part: { since?: number | null; ranges?: Pick<OffsetRange, 'partition' | 'from' | 'end'>[] },
  onRecords: (records: ConsumedRecord[]) => Promise<void>,
) => Promise<void>

/**
 * The topics of a pipeline as a run over all of them reads them. `brokers` are named in what is thrown.
 * @throws PipelineFault at once when Kafka is away, or does not have `topics`; what `signal` aborts with
 */
export async function openTopics({
  kafka,
  log,
  prefix,
  brokers,
  topics,
  step,
  signal,
}: {
  kafka: KafkaConnection
  log: Logger
  /** TOPIC_PREFIX. */
  prefix: string
  brokers: string[]
  topics: readonly TopicId[]
  step: Step
  signal?: AbortSignal
}): Promise<{ read: ReadTopic; ranges: (id: TopicId, since: number | null) => Promise<OffsetRange[]> }> {
  const nameOf = (id: TopicId) => topicName(id, prefix)
  for (const id of topics) await requireTopic(kafka, nameOf(id), brokers)
  return {
    read: async (id, { since = null, ...given }, onRecords) => {
      signal?.throwIfAborted()
      const topic = nameOf(id)
      const ranges = given.ranges ?? (await offsetRanges(kafka, topic, since))
      const total = ranges.reduce((sum, { from, end }) => sum + end - from, 0)
      const onPassed = given.ranges === undefined ? step(`reading ${topic}`, total) : undefined
      await readToEnd({
        kafka,
        log,
        topic,
        ranges,
        onRecords,
        ...(onPassed && { onPassed }),
        ...(signal && { signal }),
      })
    },
    ranges: (id, since) => offsetRanges(kafka, nameOf(id), since),
  }
}
