import { existingTopics } from '@insights/runtime/kafka/admin'
import type { KafkaConnection } from '@insights/runtime/kafka/connect-kafka'
import { PipelineFault } from './pipeline-fault.ts'

/** @throws PipelineFault at once: a service waits for a broker that starts, who runs a command does not */
export async function requireTopic(kafka: KafkaConnection, topic: string, brokers: string[]): Promise<void> {
  const existing = await existingTopics(kafka, [topic]).catch((error: Error) => {
    throw new PipelineFault(`Kafka cannot be reached at ${brokers.join(', ')}: ${error.message}`)
  })
  if (existing.length === 0)
    throw new PipelineFault(
      `there is no topic ${topic} at ${brokers.join(', ')}: TOPIC_PREFIX is another, or insights provision never ran there`,
    )
}
