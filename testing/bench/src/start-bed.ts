import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { variables } from '@insights/pipeline/provision-config'
import { provision } from '@insights/pipeline/provision'
import { deleteTopics } from '@insights/runtime/kafka/admin'
import { connectKafka, kafkaOptions, type KafkaConnection } from '@insights/runtime/kafka/connect-kafka'
import { createLogger, type Logger } from '@insights/runtime/logger'
import { readConfig } from '@insights/runtime/config/read-config'
import { registryOptions } from '@insights/runtime/config/registry-options'
import { createCodec, type Codec } from '@insights/schemas/codec'
import { internalTopicName, topicIds, topicName, type TopicId } from '@insights/schemas/topics'
import { makeTempDataDir } from '@insights/stack/make-temp-data-dir'
import { startStack, type Stack } from '@insights/stack/start-stack'
import type { World } from './bench.ts'

/** The real Kafka and registry, and what speaks with them. */
export interface Bed {
  kafka: KafkaConnection
  log: Logger
  /** Where the local servers keep their data. */
  dataDir: string
  /** The one that was started for it, to be killed; null: none was. */
  postgres: Stack['postgres']
  /** Addresses, as the processes take them. */
  env: Record<string, string>
  /** Topics and schemas under a prefix of their own. */
  newPipeline(name: string): Promise<Pipeline>
  [Symbol.asyncDispose](): Promise<void>
}

export interface Pipeline {
  kafka: KafkaConnection
  log: Logger
  codec: Codec
  prefix: string
  /** For the processes: addresses, TOPIC_PREFIX, log level. */
  env: Record<string, string>
  topic(id: TopicId): string
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Starts Kafka and the registry in a directory of their own, or uses those of a stack that runs: `stackEnv` is then the
 * file with its addresses, relative to the repository (`npm run stack` writes .data/stack.env).
 */
export async function startBed(
  stackEnv: string | undefined,
  { signal, say }: World,
  { postgres }: { postgres: boolean } = { postgres: false },
): Promise<Bed> {
  const stack = stackEnv === undefined ? await startOwn({ signal, say }, postgres) : readAddresses(stackEnv, postgres)
  const log = createLogger({ service: 'bench', level: 'warn' })
  const config = readConfig(variables, stack.env)
  const kafka = connectKafka({ clientId: 'bench', ...kafkaOptions(config), log })
  return {
    kafka,
    log,
    dataDir: stack.dataDir,
    postgres: stack.postgres,
    env: stack.env,
    newPipeline: async (name) => {
      const prefix = `bench-${name}-${randomBytes(3).toString('hex')}.`
      const registry = registryOptions(config)
      const { REPLICATION_FACTOR: replicationFactor } = config
      await provision({ kafka: kafkaOptions(config), registry, prefix, replicationFactor, log })
      const codec = createCodec({ ...registry, prefix })
      await codec.load()
      return {
        kafka,
        log,
        codec,
        prefix,
        env: { ...stack.env, TOPIC_PREFIX: prefix, LOG_LEVEL: 'warn' },
        topic: (id) => topicName(id, prefix),
        [Symbol.asyncDispose]: () => {
          const names = [...topicIds.map((id) => topicName(id, prefix)), internalTopicName('analyzerSignals', prefix)]
          // Only tidiness, and the measuring is over.
          return deleteTopics(kafka, names).catch(() => undefined)
        },
      }
    },
    [Symbol.asyncDispose]: stack.stop,
  }
}

/** Postgres only where it is asked for, and then as it is by default: it waits for the disk. */
async function startOwn({ signal, say }: World, postgres: boolean) {
  const temp = await makeTempDataDir()
  try {
    const stack = await startStack({
      dataDir: temp.dataDir,
      // An address that is given is not started.
      env: { ...process.env, DATABASE_URL: postgres ? '' : 'postgresql://none@127.0.0.1:1/none' },
      preferPorts: false,
      report: (line) => (line.startsWith('postgres') && !postgres) || say(`stack | ${line}`),
      signal,
    })
    const { KAFKA_BROKERS, SCHEMA_REGISTRY_URL, DATABASE_URL, REPLICATION_FACTOR = '1' } = stack.env
    const env = { KAFKA_BROKERS, SCHEMA_REGISTRY_URL, REPLICATION_FACTOR, ...(postgres && { DATABASE_URL }) }
    return {
      env: env as Record<string, string>,
      dataDir: temp.dataDir,
      postgres: stack.postgres,
      stop: async () => {
        await stack.stop()
        await temp.remove()
      },
    }
  } catch (error) {
    await temp.remove()
    throw error
  }
}

function readAddresses(file: string, postgres: boolean) {
  const path = resolve(import.meta.dirname, '../../..', file)
  const given = Object.entries(parseEnv(readFileSync(path, 'utf8')))
  const wanted = postgres
    ? /^(KAFKA_|SCHEMA_REGISTRY_|REPLICATION_FACTOR$|DATABASE_URL$)/
    : /^(KAFKA_|SCHEMA_REGISTRY_|REPLICATION_FACTOR$)/
  const ours = given.filter(([name]) => wanted.test(name))
  return {
    env: Object.fromEntries(ours) as Record<string, string>,
    dataDir: dirname(path),
    postgres: null,
    stop: () => Promise.resolve(),
  }
}
