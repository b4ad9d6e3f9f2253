import { setTimeout as delay } from 'node:timers/promises'
import { refuseOpenListening } from '@insights/runtime/api-keys'
import { drawRandomBytes } from '@insights/runtime/draw-random-bytes'
import { createHealth } from '@insights/runtime/health'
import { connectKafka, kafkaOptions } from '@insights/runtime/kafka/connect-kafka'
import { createPublisher } from '@insights/runtime/kafka/publisher'
import { runProcess } from '@insights/runtime/lifecycle'
import { createLogger } from '@insights/runtime/logger'
import { createMetrics } from '@insights/runtime/metrics'
import { readConfig } from '@insights/runtime/read-config'
import { createCodec } from '@insights/schemas/codec'
import { RegistryAway, SchemaNotRegistered } from '@insights/schemas/connect-registry'
import { v7 as uuidv7 } from 'uuid'
import packageJson from '../package.json' with { type: 'json' }
import { createApp } from './app.ts'
import { variables } from './config.ts'
import { createRateLimiter } from './limit-rate.ts'
import { createSchemaLoader } from './load-schemas.ts'
import { createPublishConversation } from './publish-conversation.ts'

const config = readConfig(variables, process.env)
const log = createLogger({ service: 'ingress', level: config.LOG_LEVEL })
const refusal = refuseOpenListening(config.HOST, config.API_KEYS, config.ALLOW_ANONYMOUS)
if (refusal !== null) {
  log.fatal(refusal)
  process.exit(1)
}

const { SCHEMA_REGISTRY_USERNAME: username, SCHEMA_REGISTRY_PASSWORD: password } = config
const codec = createCodec({
  registryUrl: config.SCHEMA_REGISTRY_URL,
  prefix: config.TOPIC_PREFIX,
  ...(username && password && { auth: { username, password } }),
})
const publisher = createPublisher({
  kafka: connectKafka({ clientId: 'ingress', log, ...kafkaOptions(config) }),
  log,
  lingerMs: config.INGRESS_LINGER_MS,
  maxQueuedBytes: config.INGRESS_QUEUE_BYTES,
  requestTimeoutMs: config.PRODUCE_TIMEOUT_MS,
})

await runProcess({
  log,
  stopDeadlineMs: config.STOP_DEADLINE_MS,
  parts: (crash) => {
    const schemas = createSchemaLoader({
      load: () => codec.load(),
      isPassing: (error) => error instanceof RegistryAway || error instanceof SchemaNotRegistered,
      crash,
      log,
      pause: (ms, signal) => delay(ms, undefined, { signal }).catch(() => {}),
    })
    const health = createHealth()
    health.ready('kafka', publisher.ready)
    health.ready('schemas', schemas.notReady)
    const app = createApp({
      log,
      metrics: createMetrics({ service: 'ingress', version: packageJson.version }),
      health,
      version: packageJson.version,
      maxBytes: config.INGRESS_MAX_BYTES,
      queued: publisher.queued,
      apiKeys: config.API_KEYS,
      limiter: createRateLimiter({ perSecond: config.INBOUND_RPS, now: () => performance.now() }),
      newUuid: () => uuidv7({ rng: () => drawRandomBytes(16) }),
      publish: createPublishConversation({
        codec,
        publish: publisher.publish,
        notReady: schemas.notReady,
        topicPrefix: config.TOPIC_PREFIX,
        timeoutMs: config.PRODUCE_TIMEOUT_MS,
        randomBytes: drawRandomBytes,
      }),
    })
    // Stopped in reverse: no more requests, those in flight are answered, what is queued goes out, then Kafka is left.
    return [
      { name: 'publisher', start: publisher.start, stop: publisher.stop },
      { name: 'event schemas', start: schemas.start, stop: schemas.stop },
      {
        name: 'http',
        start: async () => void (await app.listen({ host: config.HOST, port: config.INGRESS_PORT })),
        stop: () => app.close(),
      },
    ]
  },
})
