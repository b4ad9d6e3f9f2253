import { kafkaOptions } from '@insights/runtime/kafka/connect-kafka'
import { createLogger } from '@insights/runtime/logger'
import { readConfig } from '@insights/runtime/read-config'
import { variables } from './config.ts'
import { provision } from './provision.ts'

const config = readConfig(variables, process.env)
const { SCHEMA_REGISTRY_USERNAME: username, SCHEMA_REGISTRY_PASSWORD: password } = config
await provision({
  kafka: kafkaOptions(config),
  registryUrl: config.SCHEMA_REGISTRY_URL,
  ...(username && password && { registryAuth: { username, password } }),
  prefix: config.TOPIC_PREFIX,
  replicationFactor: config.REPLICATION_FACTOR,
  log: createLogger({ service: 'provision', level: config.LOG_LEVEL }),
})
