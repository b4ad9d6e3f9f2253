import { connectKafka, kafkaOptions } from '@insights/runtime/kafka/connect-kafka'
import { createPublisher } from '@insights/runtime/kafka/publisher'
import { readToEnd } from '@insights/runtime/kafka/consume/read-to-end'
import { createLogger } from '@insights/runtime/logger'
import { readConfig } from '@insights/runtime/read-config'
import { registryOptions } from '@insights/runtime/registry-options'
import { createCodec } from '@insights/schemas/codec'
import { topicName } from '@insights/schemas/topics'
import { variables } from './config.ts'
import { parseArguments } from './parse-arguments.ts'
import { redriveFailures } from './redrive-failures.ts'

const parsed = parseArguments(process.argv.slice(2))
if (!parsed.ok) {
  ;(parsed.exitCode === 0 ? process.stdout : process.stderr).write(`${parsed.text}\n`)
  process.exit(parsed.exitCode)
}
const { dryRun, ...selection } = parsed.arguments
const config = readConfig(variables, process.env)
const log = createLogger({ service: 'redrive', level: config.LOG_LEVEL === 'info' ? 'warn' : config.LOG_LEVEL })
const kafka = connectKafka({ clientId: 'redrive', ...kafkaOptions(config), log })
const publisher = createPublisher({ kafka, log })
const topic = topicName('analysisFailed', config.TOPIC_PREFIX)
await publisher.start()
try {
  const done = await redriveFailures({
    readFailures: (onRecords) => readToEnd({ kafka, log, topic, onRecords }),
    codec: createCodec({ ...registryOptions(config), prefix: config.TOPIC_PREFIX }),
    publish: (records) => publisher.publish(records, { timeoutMs: 30_000 }),
    selection,
    dryRun,
    report: (line) => console.log(line),
  })
  console.log(
    `${done.read} failures read, ${done.selected} selected, ${done.published} originals ${dryRun ? 'would be ' : ''}published`,
  )
  for (const [name, count] of Object.entries(done.byClass)) console.log(`  ${name}: ${count}`)
} finally {
  await publisher.stop()
}
