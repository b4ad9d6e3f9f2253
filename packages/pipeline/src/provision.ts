import { awaitDependencies } from '@insights/runtime/await-dependencies'
import { ensureTopics } from '@insights/runtime/kafka/admin'
import { connectKafka, type KafkaOptions } from '@insights/runtime/kafka/connect-kafka'
import type { Logger } from '@insights/runtime/logger'
import { createCodec, type Codec } from '@insights/schemas/codec'
import { RegistryAway } from '@insights/schemas/registry/connect-registry'
import {
  internalTopicName,
  internalTopics,
  topicName,
  topics,
  type Topic,
  type TopicId,
} from '@insights/schemas/topics'

export interface ProvisionOptions {
  kafka: KafkaOptions
  registry: { registryUrl: string; auth?: { username: string; password: string } }
  prefix: string
  replicationFactor: number
  log: Logger
}

/**
 * Makes topics and registered schemas equal to the table in `schemas/`: what is missing is created, partitions and
 * configuration are raised to what the table says, nothing is removed. Safe to run again and by two at once.
 * @throws when a schema is not BACKWARD compatible with the registered one, or Kafka or the registry stays away
 */
export async function provision({ kafka, registry, prefix, replicationFactor, log }: ProvisionOptions): Promise<void> {
  const connection = connectKafka({ clientId: `${prefix}provision`, ...kafka, log })
  const toSpec = (name: string, { partitions, config }: Pick<Topic, 'partitions' | 'config'>) => ({
    name,
    partitions,
    replicationFactor,
    config,
  })
  const specs = [
    ...(Object.keys(topics) as TopicId[]).map((id) => toSpec(topicName(id, prefix), topics[id])),
    toSpec(internalTopicName('analyzerSignals', prefix), internalTopics.analyzerSignals),
  ]
  const codec = createCodec({ ...registry, prefix })
  const register = async () => {
    let away: string | null = null
    const registered = await awaitDependencies([() => whyNotRegistered(codec)], {
      log,
      random: Math.random,
      report: (reason) => (away = reason),
      signal: AbortSignal.timeout(REGISTRY_PATIENCE_MS),
    })
    if (!registered) throw new RegistryAway(`${away ?? 'no answer'} (for ${REGISTRY_PATIENCE_MS / 1000} s)`)
    log.info('schemas registered')
  }
  const [{ created }] = await Promise.all([ensureTopics(connection, specs), register()])
  log.info({ created, topics: specs.map(({ name }) => name) }, 'topics ready')
}

/** A registry that has just started takes seconds for its first questions. */
const REGISTRY_PATIENCE_MS = 30_000

async function whyNotRegistered(codec: Codec): Promise<string | null> {
  try {
    await codec.register()
    return null
  } catch (error) {
    if (!(error instanceof RegistryAway)) throw error
    return error.message
  }
}
