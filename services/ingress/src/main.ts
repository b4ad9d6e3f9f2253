import { loadSchemas } from '@insights/pipeline/load-schemas'
import { drawRandomBytes } from '@insights/runtime/draw-random-bytes'
import { exitOnFaults } from '@insights/runtime/config/exit-on-faults'
import { createHealth } from '@insights/runtime/health'
import { toAllowedHosts } from '@insights/runtime/http/guard-access'
import { listenAt } from '@insights/runtime/http/listen-at'
import { connectKafka, kafkaOptions } from '@insights/runtime/kafka/connect-kafka'
import { createPublisher } from '@insights/runtime/kafka/publisher'
import { createMetrics } from '@insights/runtime/metrics'
import { readConfig } from '@insights/runtime/config/read-config'
import { registryOptions } from '@insights/runtime/config/registry-options'
import { startService } from '@insights/runtime/start-service'
import { createCodec } from '@insights/schemas/codec'
import { v7 as uuidv7 } from 'uuid'
import packageJson from '../package.json' with { type: 'json' }
import { createApp } from './app.ts'
import { variables } from './config.ts'
import { createRateLimiter } from '@insights/runtime/http/limit-rate'
import { createPublishConversation } from './publish-conversation.ts'

const config = exitOnFaults('ingress', () => readConfig(variables, process.env))

await startService({
  name: 'ingress',
  version: packageJson.version,
  config,
  parts: ({ name, version, log }) => {
    const codec = createCodec({ ...registryOptions(config), prefix: config.TOPIC_PREFIX })
    const publisher = createPublisher({
      kafka: connectKafka({ clientId: name, log, ...kafkaOptions(config) }),
      log,
      lingerMs: config.INGRESS_LINGER_MS,
      maxQueuedBytes: config.INGRESS_QUEUE_BYTES,
      requestTimeoutMs: config.PRODUCE_TIMEOUT_MS,
    })
    const schemas = loadSchemas({ codec, log, random: Math.random })
    const health = createHealth()
    health.ready('kafka', publisher.ready)
    health.ready('schemas', schemas.ready)
    const app = createApp({
      log,
      metrics: createMetrics({ service: name, version }),
      health,
      version,
      maxBytes: config.INGRESS_MAX_BYTES,
      maxMessages: config.MAX_MESSAGES,
      queued: publisher.queued,
      apiKeys: config.API_KEYS,
      allowedHosts: toAllowedHosts(config),
      limiter: createRateLimiter({
        policy: 'conversations',
        perSecond: config.INBOUND_RPS,
        now: () => performance.now(),
      }),
      newUuid: () => uuidv7({ rng: () => drawRandomBytes(16) }),
      publish: createPublishConversation({
        codec,
        publish: publisher.publish,
        notReady: schemas.ready,
        topicPrefix: config.TOPIC_PREFIX,
        timeoutMs: config.PRODUCE_TIMEOUT_MS,
        randomBytes: drawRandomBytes,
      }),
    })
    // Stopped in reverse: no more requests, those in flight are answered, what is queued goes out, then Kafka is left.
    return [
      { name: 'publisher', start: publisher.start, stop: publisher.stop },
      listenAt({ host: config.HOST, port: config.INGRESS_PORT }, app),
      // The registry may come up later than the service: until then requests are answered 503.
      schemas,
    ]
  },
})
