import { ensureTopics } from '@insights/runtime/kafka/admin'
import { connectKafka, type KafkaOptions } from '@insights/runtime/kafka/connect-kafka'
import type { Logger } from '@insights/runtime/logger'
import { createCodec } from '@insights/schemas/codec'
import { topicName, topics, type TopicId } from '@insights/schemas/topics'

export interface ProvisionOptions {
  kafka: KafkaOptions
  registryUrl: string
  registryAuth?: { username: string; password: string }
  prefix: string
  replicationFactor: number
  log: Logger
}

/**
 * Makes topics and registered schemas equal to the table in `schemas/`: what is missing is created, partitions and
 * configuration are raised to what the table says, nothing is removed. Safe to run again and by two at once.
 * @throws when a schema is not BACKWARD compatible with the registered one, or Kafka or the registry is away
 */
export async function provision({
  kafka,
  registryUrl,
  registryAuth,
  prefix,
  replicationFactor,
  log,
}: ProvisionOptions): Promise<void> {
  const connection = connectKafka({ clientId: `${prefix}provision`, ...kafka, log })
  const specs = (Object.keys(topics) as TopicId[]).map((id) => ({
    name: topicName(id, prefix),
    partitions: topics[id].partitions,
    replicationFactor,
    config: topics[id].config,
  }))
  const register = async () => {
    await createCodec({ registryUrl, prefix, ...(registryAuth && { auth: registryAuth }) }).register()
    log.info('schemas registered')
  }
  const [{ created }] = await Promise.all([ensureTopics(connection, specs), register()])
  log.info({ created, topics: specs.map(({ name }) => name) }, 'topics ready')
}
