import { randomInt } from 'node:crypto'
import { drawRandomBytes } from '@insights/runtime/draw-random-bytes'
import { exitOnFaults } from '@insights/runtime/config/exit-on-faults'
import { showOperations } from '@insights/runtime/http/show-operations'
import { connectKafka, kafkaOptions } from '@insights/runtime/kafka/connect-kafka'
import { createPublisher } from '@insights/runtime/kafka/publisher'
import { monotonicMs } from '@insights/runtime/monotonic'
import { readConfig } from '@insights/runtime/config/read-config'
import { registryOptions } from '@insights/runtime/config/registry-options'
import { startService } from '@insights/runtime/start-service'
import { createCodec } from '@insights/schemas/codec'
import { v7 as newId } from 'uuid'
import packageJson from '../package.json' with { type: 'json' }
import { createGrok, forgetOpenAiVariables } from './provider/ask-grok.ts'
import { variables } from './config.ts'
import { createAnalyzer } from './create-analyzer.ts'
import { promptSettings } from './question/prompt.ts'

forgetOpenAiVariables(process.env)
const config = exitOnFaults('analyzer', () => readConfig(variables, process.env))
const world = {
  now: Date.now,
  monotonic: monotonicMs,
  newId,
  random: Math.random,
  randomInt,
  randomBytes: drawRandomBytes,
}

await startService({
  name: 'analyzer',
  version: packageJson.version,
  config,
  parts: (service) => {
    const { log, crash: onCrash } = service
    const operations = showOperations(service, { port: config.ANALYZER_PORT, config })
    const { health, metrics } = operations
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
    // Stopped in reverse: calls in flight end and their outcomes are committed, then Kafka is left; health answers to
    // the end.
    return [
      operations.part,
      { name: 'provider', stop: provider.close },
      { name: 'publisher', start: publisher.start, stop: publisher.stop },
      createAnalyzer(config, { kafka, publisher, codec, provider, health, metrics, log, onCrash }, world),
    ]
  },
})
