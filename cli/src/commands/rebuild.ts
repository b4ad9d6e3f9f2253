import { rebuildVariables } from '@insights/query/config'
import { rebuildTables } from '@insights/query/rebuild'
import { oldestKept } from '@insights/query/projector/oldest-kept'
import { connectKafka, kafkaOptions } from '@insights/runtime/kafka/connect-kafka'
import { createLogger } from '@insights/runtime/logger'
import { monotonicMs } from '@insights/runtime/monotonic'
import { readConfig } from '@insights/runtime/config/read-config'
import { registryOptions } from '@insights/runtime/config/registry-options'
import { createProgress } from '@insights/runtime/show-progress'
import { showLogLine } from '@insights/runtime/show-log-line'
import { toPrintable } from '@insights/runtime/to-printable'
import { createCodec, MOST_MESSAGES } from '@insights/schemas/codec'
import { topicName, type TopicId } from '@insights/schemas/topics'
import type { Command } from 'commander'
import { requireTopic } from '@insights/pipeline/require-topic'
import { addStackEnv, readEnv, type StackEnvOptions } from '../stack-env.ts'

const TOPICS: TopicId[] = ['conversationsReceived', 'analysisStarted', 'insightsProduced', 'analysisFailed']

export function define(command: Command): void {
  addStackEnv(command)
    .summary(command.description())
    .description(
      'Makes the tables of DATABASE_URL once more from the topics and puts them in the place of the present ones, while the API and the projector run. What the topics do not hold any more is taken over. Applies FACET_KEYS. Stopped at any time it has changed nothing.',
    )
    .action(rebuild)
}

async function rebuild(options: StackEnvOptions): Promise<void> {
  const config = readConfig(rebuildVariables, readEnv(options, process.env))
  const tell = (line: string) => void process.stderr.write(`${toPrintable(line)}\n`)
  const log = createLogger({
    service: 'rebuild',
    level: config.LOG_LEVEL === 'info' ? 'warn' : config.LOG_LEVEL,
    destination: { write: (line) => void process.stderr.write(`${showLogLine('rebuild', line.trim()) ?? ''}\n`) },
  })
  const kafka = connectKafka({ clientId: 'rebuild', ...kafkaOptions(config), log })
  for (const topic of TOPICS) await requireTopic(kafka, topicName(topic, config.TOPIC_PREFIX), config.KAFKA_BROKERS)
  const codec = createCodec({ ...registryOptions(config), prefix: config.TOPIC_PREFIX, maxMessages: MOST_MESSAGES })
  await codec.load()
  await rebuildTables({
    databaseUrl: config.DATABASE_URL,
    kafka,
    codec,
    prefix: config.TOPIC_PREFIX,
    facetKeys: config.FACET_KEYS,
    storeMessages: config.STORE_MESSAGES,
    oldest: oldestKept(config.RETENTION_DAYS ?? null, Date.now()),
    log,
    tell,
    step: createProgress({ report: tell, now: monotonicMs }),
  })
}
