import { clearCooldown, clearSpending, readHolds, type Holds } from '@insights/analyzer/group/read-holds'
import { connectKafka, kafkaOptions } from '@insights/runtime/kafka/connect-kafka'
import { readToEnd } from '@insights/runtime/kafka/consume/read-to-end'
import { createPublisher } from '@insights/runtime/kafka/publisher'
import { detach, type ConsumedRecord } from '@insights/runtime/kafka/records'
import { createLogger } from '@insights/runtime/logger'
import { readConfig } from '@insights/runtime/config/read-config'
import { kafkaVariables, serviceVariables } from '@insights/runtime/config/shared-variables'
import { internalTopicName } from '@insights/schemas/topics'
import type { Command } from 'commander'
import { z } from 'zod'
import { CommandFault } from '../describe-fault.ts'
import { describeHolds } from '../holds/describe-holds.ts'
import { requireTopic } from '@insights/pipeline/require-topic'
import { addStackEnv, readEnv, type StackEnvOptions } from '../stack-env.ts'

interface Options extends StackEnvOptions {
  clear?: boolean
  forget?: string
}

const variables = z.object({ ...kafkaVariables, LOG_LEVEL: serviceVariables.LOG_LEVEL })

export function define(command: Command): void {
  addStackEnv(command)
    .option('--clear', 'end the cool-down of all analyzers: calls are made again, slowly at first')
    .option('--forget <member>', 'count nothing of what this member has spent today; one that runs says it again')
    .action((options: Options) => holds(options))
}

async function holds({ clear = false, forget, ...options }: Options): Promise<void> {
  const config = readConfig(variables, readEnv(options, process.env))
  const log = createLogger({ service: 'holds', level: config.LOG_LEVEL === 'info' ? 'warn' : config.LOG_LEVEL })
  const kafka = connectKafka({ clientId: 'holds', ...kafkaOptions(config), log })
  const topic = internalTopicName('analyzerSignals', config.TOPIC_PREFIX)
  await requireTopic(kafka, topic, config.KAFKA_BROKERS)
  const day = new Date().toISOString().slice(0, 10)
  const read = async (): Promise<Holds> => {
    const records: ConsumedRecord[] = []
    await readToEnd({ kafka, log, topic, onRecords: (batch) => void records.push(...batch.map(detach)) })
    return readHolds(records, day)
  }
  const found = await read()
  for (const line of describeHolds(found, { now: Date.now(), day })) console.log(line)
  if (forget !== undefined && !found.spent.has(forget))
    throw new CommandFault(`no member ${forget} has spent on ${day}`)
  const records = [
    ...(clear && found.cooldown.hold !== null ? [clearCooldown(found)] : []),
    ...(forget === undefined ? [] : [clearSpending(found, day, forget)]),
  ]
  if (records.length === 0) return
  const publisher = createPublisher({ kafka, log })
  await publisher.start()
  try {
    const result = await publisher.publish(
      records.map(({ key, value }) => ({ topic, key, value, headers: [] })),
      { timeoutMs: 30_000 },
    )
    if (!result.ok) throw new CommandFault(`the signals were not published: ${result.detail}`)
  } finally {
    await publisher.stop()
  }
  console.log('now:')
  for (const line of describeHolds(await read(), { now: Date.now(), day })) console.log(line)
}
