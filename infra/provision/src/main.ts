import { kafkaOptions } from '@insights/runtime/kafka/connect-kafka'
import { createLogger } from '@insights/runtime/logger'
import { readConfig } from '@insights/runtime/read-config'
import { registryOptions } from '@insights/runtime/registry-options'
import { variables } from './config.ts'
import { provision } from '@insights/pipeline/provision'

const config = readConfig(variables, process.env)
await provision({
  kafka: kafkaOptions(config),
  registry: registryOptions(config),
  prefix: config.TOPIC_PREFIX,
  replicationFactor: config.REPLICATION_FACTOR,
  log: createLogger({ service: 'provision', level: config.LOG_LEVEL }),
})
