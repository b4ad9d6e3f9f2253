import { randomBytes, randomInt, randomUUID } from 'node:crypto'
import { createHealth } from '@insights/runtime/health'
import { connectKafka, kafkaOptions } from '@insights/runtime/kafka/connect-kafka'
import { createPublisher } from '@insights/runtime/kafka/publisher'
import { createLifecycle } from '@insights/runtime/lifecycle'
import { createLogger } from '@insights/runtime/logger'
import { createMetrics } from '@insights/runtime/metrics'
import { monotonicMs } from '@insights/runtime/monotonic'
import { readConfig } from '@insights/runtime/config/read-config'
import { registryOptions } from '@insights/runtime/config/registry-options'
import { createCodec } from '@insights/schemas/codec'
import { createGrok } from './provider/ask-grok.ts'
import { variables } from './config.ts'
import { createAnalyzer } from './create-analyzer.ts'
import { promptSettings } from './question/prompt.ts'

const log = createLogger({ service: 'test', level: process.env['TEST_LOG_LEVEL'] ?? 'silent' })

/**
 * A started analyzer in this process: the parts of main.ts, but a silent log, no HTTP of its own (ask `ready`, `live`
 * and `metric` instead), records published without linger, few connections in stock, and a crash is kept in `crashes`
 * and ends nothing.
 */
export async function startAnalyzer(env: Record<string, string>) {
  const config = readConfig(variables, { GROK_API_KEY: 'simulator', ...env })
  const kafka = connectKafka({ clientId: 'analyzer', log, ...kafkaOptions(config) })
  const publisher = createPublisher({ kafka, log })
  const codec = createCodec({
    ...registryOptions(config),
    prefix: config.TOPIC_PREFIX,
    maxMessages: config.MAX_MESSAGES,
  })
  const provider = createGrok({
    apiKey: config.GROK_API_KEY,
    baseURL: config.GROK_BASE_URL,
    settings: promptSettings(config),
    timeoutMs: config.GROK_TIMEOUT_MS,
    spare: 5,
    now: Date.now,
  })
  const health = createHealth()
  const metrics = createMetrics({ service: 'analyzer', version: '0' })
  const crashes: unknown[] = []
  const onCrash = (error: unknown) => void crashes.push(error)
  const world = {
    now: Date.now,
    monotonic: monotonicMs,
    newId: randomUUID,
    random: Math.random,
    randomInt,
    randomBytes,
  }
  const lifecycle = createLifecycle({ log, stopDeadlineMs: config.STOP_DEADLINE_MS })
  await lifecycle.start([
    { name: 'provider', stop: provider.close },
    { name: 'publisher', start: publisher.start, stop: publisher.stop },
    createAnalyzer(config, { kafka, publisher, codec, provider, health, metrics, log, onCrash }, world),
  ])
  const metric = async (line: string) => {
    const text = await metrics.registry.metrics()
    const found = text.split('\n').find((candidate) => candidate.startsWith(`${line} `))
    return found === undefined ? undefined : Number(found.slice(line.length + 1))
  }
  return { stop: lifecycle.stop, ready: health.isReady, live: health.isLive, metric, crashes }
}
