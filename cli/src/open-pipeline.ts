import { openTopics } from '@insights/pipeline/publish-again/open-topics'
import { registryOptions } from '@insights/runtime/config/registry-options'
import type { kafkaVariables, registryVariables, serviceVariables } from '@insights/runtime/config/shared-variables'
import { connectKafka, kafkaOptions } from '@insights/runtime/kafka/connect-kafka'
import { createPublisher } from '@insights/runtime/kafka/publisher'
import type { OutgoingRecord } from '@insights/runtime/kafka/records'
import { createLogger } from '@insights/runtime/logger'
import { showLogLine } from '@insights/runtime/show-log-line'
import type { Step } from '@insights/runtime/show-progress'
import { createCodec } from '@insights/schemas/codec'
import type { TopicId } from '@insights/schemas/topics'
import type { z } from 'zod'

type Config = z.infer<
  z.ZodObject<typeof kafkaVariables & typeof registryVariables & { LOG_LEVEL: (typeof serviceVariables)['LOG_LEVEL'] }>
>

/**
 * The topics of a pipeline as a command reads and writes them.
 * @throws PipelineFault at once when Kafka is away, or does not have `topics`
 */
export async function openPipeline(
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
  const prefix = config.TOPIC_PREFIX
  const opened = await openTopics({ kafka, log, prefix, brokers: config.KAFKA_BROKERS, topics, step })
  const codec = createCodec({ ...registryOptions(config), prefix })
  await codec.load()
  const publisher = createPublisher({ kafka, log })
  await publisher.start()
  return {
    ...opened,
    codec,
    publish: (record: OutgoingRecord) => publisher.publish([record], { timeoutMs: 30_000 }),
    stop: publisher.stop,
  }
}
