import { refuseOpenListening } from '@insights/runtime/http/api-keys'
import { drawRandomBytes } from '@insights/runtime/draw-random-bytes'
import { awaitDependencies } from '@insights/runtime/await-dependencies'
import { createHealth } from '@insights/runtime/health'
import { connectKafka, kafkaOptions } from '@insights/runtime/kafka/connect-kafka'
import { createPublisher } from '@insights/runtime/kafka/publisher'
import { runProcess } from '@insights/runtime/lifecycle'
import { createLogger } from '@insights/runtime/logger'
import { createMetrics } from '@insights/runtime/metrics'
import { readConfig } from '@insights/runtime/read-config'
import { registryOptions } from '@insights/runtime/registry-options'
import { createCodec } from '@insights/schemas/codec'
import { schemaReadiness } from '@insights/schemas/registry/schema-readiness'
import { v7 as uuidv7 } from 'uuid'
import packageJson from '../package.json' with { type: 'json' }
import { createApp } from './app.ts'
import { variables } from './config.ts'
import { createRateLimiter } from './limit-rate.ts'
import { createPublishConversation } from './publish-conversation.ts'

const config = readConfig(variables, process.env)
const log = createLogger({ service: 'ingress', level: config.LOG_LEVEL })
const refusal = refuseOpenListening(config.HOST, config.API_KEYS, config.ALLOW_ANONYMOUS)
if (refusal !== null) {
  log.fatal(refusal)
  process.exit(1)
}

const codec = createCodec({
  ...registryOptions(config),
  prefix: config.TOPIC_PREFIX,
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
    // The registry may come up later than the service: until then requests are answered 503.
    let schemasMissing: string | null = 'the event schemas are not loaded yet'
    const stopped = new AbortController()
    let loading: Promise<unknown> | undefined
    const health = createHealth()
    health.ready('kafka', publisher.ready)
    health.ready('schemas', () => schemasMissing)
    const app = createApp({
      log,
      metrics: createMetrics({ service: 'ingress', version: packageJson.version }),
      health,
      version: packageJson.version,
      maxBytes: config.INGRESS_MAX_BYTES,
      maxMessages: config.MAX_MESSAGES,
      queued: publisher.queued,
      apiKeys: config.API_KEYS,
      limiter: createRateLimiter({ perSecond: config.INBOUND_RPS, now: () => performance.now() }),
      newUuid: () => uuidv7({ rng: () => drawRandomBytes(16) }),
      publish: createPublishConversation({
        codec,
        publish: publisher.publish,
        notReady: () => schemasMissing,
        topicPrefix: config.TOPIC_PREFIX,
        timeoutMs: config.PRODUCE_TIMEOUT_MS,
        randomBytes: drawRandomBytes,
      }),
    })
    // Stopped in reverse: no more requests, those in flight are answered, what is queued goes out, then Kafka is left.
    return [
      { name: 'publisher', start: publisher.start, stop: publisher.stop },
      {
        name: 'event schemas',
        start: () => {
          const report = (reason: string | null) => (schemasMissing = reason)
          const waiting = { log, random: Math.random, report, signal: stopped.signal }
          loading = awaitDependencies([() => schemaReadiness(codec)], waiting).catch(crash)
        },
        stop: async () => {
          stopped.abort()
          await loading
        },
      },
      {
        name: 'http',
        start: async () => void (await app.listen({ host: config.HOST, port: config.INGRESS_PORT })),
        stop: () => app.close(),
      },
    ]
  },
})
