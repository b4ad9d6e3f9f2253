import { readRecords } from '@insights/pipeline/sink/read-batch'
import { offsetRanges } from '@insights/runtime/kafka/admin'
import type { KafkaConnection } from '@insights/runtime/kafka/connect-kafka'
import { readToEnd } from '@insights/runtime/kafka/consume/read-to-end'
import type { ConsumedRecord } from '@insights/runtime/kafka/records'
import type { Logger } from '@insights/runtime/logger'
import { pause } from '@insights/runtime/pause'
import type { Step } from '@insights/runtime/show-progress'
import type { Codec } from '@insights/schemas/codec'
import { topicName, type TopicId } from '@insights/schemas/topics'
import type { Reading } from '../projector/read/reading.ts'
import { PROJECTED } from '../projector/read/to-events.ts'

export interface TopicsReader {
  /** Reads from where the last call ended up to what the topics hold now. */
  readOn(): Promise<ReadOn>
}

export interface ReadOn {
  /** Offsets that were passed. */
  passed: number
  /** Whether a record may have gone from a topic before it was read. */
  isMissing: boolean
}

/** All topics that are projected, from their beginnings, side by side, each partition in its order. */
export function createTopicsReader({
  kafka,
  codec,
  prefix,
  log,
  tell,
  onReadings,
  step,
}: {
  kafka: KafkaConnection
  codec: Pick<Codec, 'decode' | 'prefetch'>
  prefix: string
  log: Logger
  tell: (line: string) => void
  /** Some records of one partition, in their order. */
  onReadings: (readings: Reading[]) => Promise<void>
  step: Step
}): TopicsReader {
  /** By topic and partition, where reading goes on. */
  const positions = new Map<string, number>()
  const read = createWaitingRead({ codec, tell })

  async function readOn(): Promise<ReadOn> {
    const topics = await Promise.all(
      PROJECTED.map(async (id) => {
        const topic = topicName(id, prefix)
        const ranges = (await offsetRanges(kafka, topic)).map(({ partition, low, end }) => {
          const begin = positions.get(`${topic}/${partition}`) ?? 0
          return { partition, begin, from: Math.max(low, begin), end }
        })
        return { id, topic, ranges }
      }),
    )
    const passed = topics
      .flatMap(({ ranges }) => ranges)
      .reduce((sum, { from, end }) => sum + Math.max(0, end - from), 0)
    const onPassed = step('records read', passed)
    await Promise.all(
      topics.map(({ id, topic, ranges }) =>
        readToEnd({
          kafka,
          log,
          topic,
          ranges,
          onRecords: async (records) => onReadings(await read(id, records)),
          onPassed,
        }),
      ),
    )
    for (const { topic, ranges } of topics)
      for (const { partition, begin, end } of ranges) positions.set(`${topic}/${partition}`, Math.max(begin, end))
    const isMissing = await Promise.all(
      topics.map(async ({ topic, ranges }) => {
        const begins = new Map(ranges.map(({ partition, begin }) => [partition, begin]))
        return (await offsetRanges(kafka, topic)).some(({ partition, low }) => low > (begins.get(partition) ?? 0))
      }),
    )
    return { passed, isMissing: isMissing.includes(true) }
  }

  return { readOn }
}

/** Decodes the records of a topic; the registry is waited for while it is away. */
function createWaitingRead({
  codec,
  tell,
}: {
  codec: Pick<Codec, 'decode' | 'prefetch'>
  tell: (line: string) => void
}): (topic: TopicId, records: ConsumedRecord[]) => Promise<Reading[]> {
  let told: string | null = null
  return async (topic, records) => {
    codec.prefetch(
      topic,
      records.map(({ value }) => value),
    )
    for (;;) {
      const read = await readRecords(topic, records, codec)
      if (read.ok) return read.value
      if (told !== read.reason) tell(`waiting: ${read.reason}`)
      told = read.reason
      await pause(1_000)
    }
  }
}
