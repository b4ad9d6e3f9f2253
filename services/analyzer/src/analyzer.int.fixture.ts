import { randomBytes, randomInt, randomUUID } from 'node:crypto'
import { createServer, request as forward, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createHealth } from '@insights/runtime/health'
import { connectKafka, kafkaOptions } from '@insights/runtime/kafka/connect-kafka'
import { createConsumer } from '@insights/runtime/kafka/consumer'
import { createPublisher } from '@insights/runtime/kafka/publisher'
import type { ConsumedRecord, OutgoingRecord } from '@insights/runtime/kafka/records'
import { createLifecycle } from '@insights/runtime/lifecycle'
import { createLogger } from '@insights/runtime/logger'
import { createMetrics } from '@insights/runtime/metrics'
import { monotonicMs } from '@insights/runtime/monotonic'
import { readConfig } from '@insights/runtime/read-config'
import { createCodec, type Codec } from '@insights/schemas/codec'
import type { ConversationReceived } from '@insights/schemas/conversation-received'
import { topicName, type EventOf, type TopicId } from '@insights/schemas/topics'
import { choosePorts, isPortFree } from '@insights/stack/choose-ports'
import { expectNoLeak, PRIVATE, PRIVATE_TEXTS } from '@insights/stack/private-texts'
import { spawnProcess } from '@insights/stack/spawn-process'
import { createGrok } from './ask-grok.ts'
import { variables } from './config.ts'
import { createAnalyzer } from './create-analyzer.ts'

type Env = Record<string, string>

const log = createLogger({ service: 'test', level: process.env['TEST_LOG_LEVEL'] ?? 'silent' })

/** An analyzer in this process, as main.ts puts it together, started. */
export async function startAnalyzer(env: Env) {
  const config = readConfig(variables, { GROK_API_KEY: 'simulator', ...env })
  const kafka = connectKafka({ clientId: 'analyzer', log, ...kafkaOptions(config) })
  const publisher = createPublisher({ kafka, log })
  const codec = createCodec({ registryUrl: config.SCHEMA_REGISTRY_URL, prefix: config.TOPIC_PREFIX })
  const grok = createGrok({
    apiKey: config.GROK_API_KEY,
    baseURL: config.GROK_BASE_URL,
    timeoutMs: config.GROK_TIMEOUT_MS,
    spare: 5,
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
    { name: 'grok', stop: grok.close },
    { name: 'publisher', start: publisher.start, stop: publisher.stop },
    createAnalyzer(config, { kafka, publisher, codec, grok, health, metrics, log, onCrash }, world),
  ])
  const metric = async (line: string) => {
    const text = await metrics.registry.metrics()
    const found = text.split('\n').find((candidate) => candidate.startsWith(`${line} `))
    return found === undefined ? undefined : Number(found.slice(line.length + 1))
  }
  return { stop: lifecycle.stop, ready: health.isReady, live: health.isLive, metric, crashes }
}

/** The simulated Grok as a process of its own: what it measures must not depend on how busy the test is. */
export async function startSimulator({ latencyMs = 100 } = {}) {
  const { ports } = await choosePorts([{ for: 'simulator', preferred: null }], isPortFree, Math.random)
  const url = `http://127.0.0.1:${ports[0]}`
  const running = await spawnProcess({
    name: 'grok-simulator',
    script: 'infra/grok-simulator/src/main.ts',
    env: {
      SIMULATOR_PORT: String(ports[0]),
      SIMULATOR_LATENCY_MS: String(latencyMs),
      SIMULATOR_PRIVATE: PRIVATE_TEXTS.join(),
      LOG_LEVEL: 'warn',
    },
    readyUrl: `${url}/healthz`,
  })
  const stats = async () => (await (await fetch(`${url}/__sim/stats`)).json()) as SimulatorStats
  const configure = async (change: object) => {
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${url}/__sim/config`, { method: 'POST', headers, body: JSON.stringify(change) })
    if (!answer.ok) throw new Error(await answer.text())
  }
  const reset = async () => {
    await expectNoLeak(url)
    await fetch(`${url}/__sim/reset`, { method: 'POST' })
  }
  const stop = async () => {
    await expectNoLeak(url)
    await running.kill()
  }
  return { url: `${url}/v1`, stats, configure, reset, stop }
}
interface SimulatorStats {
  calls: number
  items: number
  items_per_call_mean: number
  in_flight: number
  max_in_flight: number
  repeated_items: number
  max_calls_in_sliding_second: number
  refused: Record<string, number>
  faults: Record<string, number>
  cost_in_usd_ticks: number
}

/** Passes requests on to `target`, unless `meddle` takes one over by returning true. */
export async function startProxy(
  target: string,
  meddle: (request: IncomingMessage, response: ServerResponse) => boolean,
) {
  const server: Server = createServer((request, response) => {
    if (meddle(request, response)) return
    const onward = forward(
      new URL(`${new URL(target).origin}${request.url}`),
      { method: request.method, headers: request.headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(response)
      },
    )
    onward.on('error', () => response.destroy())
    request.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const stop = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { url: `http://127.0.0.1:${port}${new URL(target).pathname}`, stop }
}

export interface Read<K extends TopicId> {
  record: ConsumedRecord
  event: EventOf<K>
}

/** Producers and consumers of other systems: writes any bytes, reads every event of the analyzer's topics. */
export async function joinTopics(env: Env) {
  const prefix = env['TOPIC_PREFIX'] ?? ''
  const config = readConfig(variables, { GROK_API_KEY: 'none', ...env })
  const kafka = connectKafka({ clientId: 'test', log, ...kafkaOptions(config) })
  const codec: Codec = createCodec({ registryUrl: config.SCHEMA_REGISTRY_URL, prefix })
  await codec.load()
  const publisher = createPublisher({ kafka, log })
  await publisher.start()
  const read: { [K in TopicId]: Read<K>[] } = {
    conversationsReceived: [],
    analysisStarted: [],
    insightsProduced: [],
    analysisFailed: [],
  }
  const readers = { analysisStarted: 1, insightsProduced: 1, analysisFailed: 1 } as const
  const faults: unknown[] = []
  /** This reader commits nothing, so after a rejoin it sees everything again. */
  const seen = new Set<string>()
  const ids = Object.keys(readers) as (keyof typeof readers)[]
  const idOf = new Map(ids.map((id) => [topicName(id, prefix), id]))
  const consumer = createConsumer({
    kafka,
    log,
    groupId: `${prefix}test`,
    topics: [...idOf.keys()],
    onBatch: async ({ topic, records }) => {
      const id = idOf.get(topic) as keyof typeof readers
      for (const record of records) {
        const place = `${topic} ${record.partition} ${record.offset}`
        if (seen.has(place)) continue
        seen.add(place)
        const decoded = await codec.decode(id, record.value)
        if (decoded.kind === 'ok') (read[id] as Read<TopicId>[]).push({ record, event: decoded.value })
        else faults.push(decoded)
      }
    },
    onCrash: (error) => void faults.push(error),
    maxWaitMs: 100,
  })
  await consumer.start()
  const topic = topicName('conversationsReceived', prefix)
  const publish = async (records: Omit<OutgoingRecord, 'topic'>[]) => {
    const result = await publisher.publish(records.map((record) => ({ ...record, topic })))
    if (!result.ok) throw new Error(result.detail)
  }
  return {
    kafka,
    codec,
    read,
    faults,
    topic,
    publish,
    send: (conversations: ConversationReceived[], headers: Record<string, string> = {}) =>
      publish(
        conversations.map((conversation) => ({
          key: conversation.conversation_id,
          value: codec.encode('conversationsReceived', conversation),
          headers,
        })),
      ),
    stop: async () => {
      await consumer.stop()
      await publisher.stop()
    },
  }
}

const TEXTS = [
  'My parcel is ten days late and nobody answers. I am furious.',
  'Thank you, the refund arrived quickly. Great support!',
  'How do I change the address of my order?',
  'The app crashes whenever I log in. Please fix it.',
]

export function conversation(name: string): ConversationReceived {
  const text = `${TEXTS[name.length % TEXTS.length]} (${name})`
  return {
    conversation_id: `${PRIVATE}${name}`,
    messages: [
      { author_id: `${PRIVATE}customer`, text, timestamp: null, inbound: true },
      { author_id: `${PRIVATE}agent`, text: 'Thanks for writing, let me look.', timestamp: null, inbound: false },
    ],
    metadata: JSON.stringify({ channel: `${PRIVATE}chat` }),
    source: `${PRIVATE}test`,
    submission_id: randomUUID(),
  }
}

export const conversations = (name: string, count: number): ConversationReceived[] =>
  Array.from({ length: count }, (_, i) => conversation(`${name}-${i}`))
