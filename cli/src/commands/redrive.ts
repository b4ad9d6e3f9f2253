import { connectKafka, kafkaOptions } from '@insights/runtime/kafka/connect-kafka'
import { readToEnd } from '@insights/runtime/kafka/consume/read-to-end'
import { createPublisher } from '@insights/runtime/kafka/publisher'
import { createLogger } from '@insights/runtime/logger'
import { readConfig } from '@insights/runtime/config/read-config'
import { showLogLine } from '@insights/runtime/show-log-line'
import { toPrintable } from '@insights/runtime/to-printable'
import { registryOptions } from '@insights/runtime/config/registry-options'
import { createCodec } from '@insights/schemas/codec'
import { topicName } from '@insights/schemas/topics'
import type { Command } from 'commander'
import { requireTopic } from '../require-topic.ts'
import { addStackEnv, readEnv, type StackEnvOptions } from '../stack-env.ts'
import { variables } from '../redrive/config.ts'
import { redriveFailures } from '../redrive/redrive-failures.ts'
import { addRedriveOptions, toSelection, type RedriveOptions } from '../redrive/redrive-options.ts'
import type { Selection } from '../redrive/select-failures.ts'

export function define(command: Command): void {
  addRedriveOptions(addStackEnv(command)).action((options: RedriveOptions & StackEnvOptions) =>
    redrive(toSelection(options), options),
  )
}

async function redrive(
  selection: Selection,
  { dryRun = false, ...options }: RedriveOptions & StackEnvOptions,
): Promise<void> {
  const config = readConfig(variables, readEnv(options, process.env))
  const log = createLogger({
    service: 'redrive',
    level: config.LOG_LEVEL === 'info' ? 'warn' : config.LOG_LEVEL,
    destination: { write: (line) => void process.stderr.write(`${showLogLine('redrive', line.trim()) ?? ''}\n`) },
  })
  const kafka = connectKafka({ clientId: 'redrive', ...kafkaOptions(config), log })
  const publisher = createPublisher({ kafka, log })
  const topic = topicName('analysisFailed', config.TOPIC_PREFIX)
  await requireTopic(kafka, topic, config.KAFKA_BROKERS)
  const codec = createCodec({ ...registryOptions(config), prefix: config.TOPIC_PREFIX })
  await codec.load()
  await publisher.start()
  try {
    const done = await redriveFailures({
      readFailures: (onRecords) => readToEnd({ kafka, log, topic, onRecords }),
      codec,
      publish: (records) => publisher.publish(records, { timeoutMs: 30_000 }),
      prefix: config.TOPIC_PREFIX,
      selection,
      dryRun,
      report: (line) => console.log(toPrintable(line)),
    })
    console.log(
      `${done.read} failures read, ${done.selected} selected, ${done.published} originals ${dryRun ? 'would be ' : ''}published`,
    )
    if (done.left > 0) console.log(`${done.left} were left alone, for the reasons above`)
    for (const [name, count] of Object.entries(done.byClass)) console.log(`  ${name}: ${count}`)
  } finally {
    await publisher.stop()
  }
}
