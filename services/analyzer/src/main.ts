import { randomInt } from 'node:crypto'
import { drawRandomBytes } from '@insights/runtime/draw-random-bytes'
import { createHealth } from '@insights/runtime/health'
import { createHttpServer } from '@insights/runtime/http/http-server'
import { refuseOpenListening } from '@insights/runtime/http/api-keys'
import { connectKafka, kafkaOptions } from '@insights/runtime/kafka/connect-kafka'
import { createPublisher } from '@insights/runtime/kafka/publisher'
import { runProcess } from '@insights/runtime/lifecycle'
import { createLogger } from '@insights/runtime/logger'
import { createMetrics } from '@insights/runtime/metrics'
import { monotonicMs } from '@insights/runtime/monotonic'
import { readConfig } from '@insights/runtime/read-config'
import { registryOptions } from '@insights/runtime/registry-options'
import { createCodec } from '@insights/schemas/codec'
import { v7 as newId } from 'uuid'
import packageJson from '../package.json' with { type: 'json' }
import { createGrok, forgetOpenAiVariables } from './provider/ask-grok.ts'
import { variables } from './config.ts'
import { createAnalyzer } from './create-analyzer.ts'
import { promptSettings } from './question/prompt.ts'

forgetOpenAiVariables(process.env)
const config = readConfig(variables, process.env)
const log = createLogger({ service: 'analyzer', level: config.LOG_LEVEL })
const refusal = refuseOpenListening(config.HOST, config.API_KEYS, config.ALLOW_ANONYMOUS)
if (refusal !== null) {
  log.fatal(refusal)
  process.exit(1)
}

const codec = createCodec({
  ...registryOptions(config),
  prefix: config.TOPIC_PREFIX,
  maxMessages: config.MAX_MESSAGES,
})
const kafka = connectKafka({ clientId: 'analyzer', log, ...kafkaOptions(config) })
// Several calls leave in a slot and are answered together: what they found shares its requests to Kafka.
const publisher = createPublisher({ kafka, log, lingerMs: 2 })
const provider = createGrok({
  apiKey: config.GROK_API_KEY,
  baseURL: config.GROK_BASE_URL,
  settings: promptSettings(config),
  timeoutMs: config.GROK_TIMEOUT_MS,
  // Half a second of calls: longer than a TLS handshake to anywhere.
  spare: Math.min(256, Math.max(10, Math.ceil(config.OUTBOUND_RPS / 2))),
  now: Date.now,
  log,
})
const health = createHealth()
const metrics = createMetrics({ service: 'analyzer', version: packageJson.version })
const operations = createHttpServer({ service: 'analyzer', log, metrics, health })
const world = {
  now: Date.now,
  monotonic: monotonicMs,
  newId,
  random: Math.random,
  randomInt,
  randomBytes: drawRandomBytes,
}

await runProcess({
  log,
  stopDeadlineMs: config.STOP_DEADLINE_MS,
  // Stopped in reverse: calls in flight end and their outcomes are committed, then Kafka is left; health answers to the
  // end.
  parts: (onCrash) => [
    {
      name: 'operations',
      start: async () => void (await operations.listen({ host: config.HOST, port: config.ANALYZER_PORT })),
      stop: () => operations.close(),
    },
    { name: 'provider', stop: provider.close },
    { name: 'publisher', start: publisher.start, stop: publisher.stop },
    createAnalyzer(config, { kafka, publisher, codec, provider, health, metrics, log, onCrash }, world),
  ],
})
