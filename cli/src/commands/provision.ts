import { variables } from '@insights/pipeline/provision-config'
import { provision } from '@insights/pipeline/provision'
import { kafkaOptions } from '@insights/runtime/kafka/connect-kafka'
import { createLogger } from '@insights/runtime/logger'
import { readConfig } from '@insights/runtime/config/read-config'
import { registryOptions } from '@insights/runtime/config/registry-options'
import type { Command } from 'commander'
import { addStackEnv, readEnv, type StackEnvOptions } from '../stack-env.ts'

export function define(command: Command): void {
  addStackEnv(command).action(async (options: StackEnvOptions) => {
    const config = readConfig(variables, readEnv(options, process.env))
    await provision({
      kafka: kafkaOptions(config),
      registry: registryOptions(config),
      prefix: config.TOPIC_PREFIX,
      replicationFactor: config.REPLICATION_FACTOR,
      log: createLogger({ service: 'provision', level: config.LOG_LEVEL }),
    })
  })
}
