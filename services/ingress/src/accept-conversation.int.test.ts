import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createConnection, createServer, type AddressInfo, type Server } from 'node:net'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { connectKafka } from '@insights/runtime/kafka/connect-kafka'
import { createConsumer } from '@insights/runtime/kafka/consume/consumer'
import { lastHeader, type ConsumedRecord } from '@insights/runtime/kafka/records'
import { createLogger } from '@insights/runtime/logger'
import { traceIdOf } from '@insights/runtime/trace-context'
import { createCodec } from '@insights/schemas/codec'
import { topicName } from '@insights/schemas/topics'
import { testContext, type TestContext } from '@insights/stack/test-context'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { MAX_BODY_BYTES } from './publish-conversation.ts'

const log = createLogger({ service: 'test', level: 'silent' })
const GOOD = { messages: [{ author_id: 'u1', text: 'Where is my order? 📦', timestamp: 1767323045.5, inbound: true }] }

let context: TestContext
let records: ConsumedRecord[]
let stopReading: () => Promise<void>
const cleanups: (() => unknown)[] = []

beforeAll(async () => {
  context = await testContext('ingress')
  ;({ records, stop: stopReading } = await readAll(context))
})
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})
afterAll(async () => {
  await stopReading?.()
  await context?.stop()
})

/** Gathers every record of `conversations.received` as another system's consumer would see it. */
async function readAll({ env, prefix }: TestContext) {
  const found: ConsumedRecord[] = []
  let crash: Error | null = null
  const consumer = createConsumer({
    kafka: connectKafka({ clientId: 'test', brokers: (env['KAFKA_BROKERS'] ?? '').split(','), ssl: false, log }),
    log,
    groupId: `${prefix}reader`,
    topics: [topicName('conversationsReceived', prefix)],
    onCrash: (error) => (crash = error),
  })
  await consumer.start({ onBatch: async (batch) => void found.push(...batch.records) })
  const isReading = () => {
    if (crash !== null) throw crash
    return consumer.ready() === null
  }
  await vi.waitUntil(isReading, { timeout: 30_000 })
  return { records: found, stop: consumer.stop }
}

/** The service as it runs: its own process, on a port of its own. */
async function startIngress(env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [fileURLToPath(new URL('main.ts', import.meta.url))], {
    env: { ...context.env, INGRESS_PORT: '0', INBOUND_RPS: '100000', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  cleanups.push(() => stop(child))
  const url = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      const address = /listening at (http:\/\/[\d.:]+)/.exec(line)?.[1]
      if (address) resolve(address)
    })
    child.once('exit', (code) => reject(new Error(`ingress exited with ${code}`)))
  })
  const status = async (path: string) => (await fetch(`${url}${path}`)).status
  return {
    child,
    url,
    status,
    ready: async () => {
      await expect.poll(() => status('/readyz'), { timeout: 30_000 }).toBe(200)
    },
    post: (body: unknown, headers: Record<string, string> = {}) =>
      fetch(`${url}/api/v1/conversations`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
  }
}

async function stop(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
  return child.exitCode
}

const recordsOf = (id: string) => records.filter(({ key }) => String(key) === id)

async function idOf(response: Response): Promise<string> {
  expect(response.status).toBe(202)
  return ((await response.json()) as { conversation_id: string }).conversation_id
}

test('(I1) what was answered 202 is in Kafka: decodable, under its key, in its trace', async () => {
  const ingress = await startIngress()
  await ingress.ready()
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
  const id = await idOf(await ingress.post({ ...GOOD, metadata: { plan: 'pro' } }, { traceparent }))

  await expect.poll(() => recordsOf(id)).toHaveLength(1)
  const [record] = recordsOf(id)
  expect(traceIdOf(String(lastHeader(record?.headers ?? [], 'traceparent')))).toBe('4bf92f3577b34da6a3ce929d0e0e4736')
  expect(String(lastHeader(record?.headers ?? [], 'content-type'))).toBe('application/vnd.confluent.avro')
  const codec = createCodec({ registryUrl: context.env['SCHEMA_REGISTRY_URL'] ?? '', prefix: context.prefix })
  expect(await codec.decode('conversationsReceived', record?.value ?? null)).toMatchObject({
    kind: 'ok',
    value: {
      conversation_id: id,
      messages: [{ author_id: 'u1', text: 'Where is my order? 📦', timestamp: 1767323045500, inbound: true }],
      metadata: '{"plan":"pro"}',
      source: 'http',
    },
  })
})

test('(I1) the same Idempotency-Key twice is one conversation, in one partition, also after a restart', async () => {
  const key = { 'idempotency-key': `"${context.prefix}retry"` }
  const ids: string[] = []
  for (let i = 0; i < 2; i++) {
    const ingress = await startIngress()
    await ingress.ready()
    ids.push(await idOf(await ingress.post(GOOD, key)))
    expect(await stop(ingress.child)).toBe(0)
  }
  const [id = ''] = ids
  expect(ids).toEqual([id, id])
  await expect.poll(() => recordsOf(id)).toHaveLength(2)
  expect(new Set(recordsOf(id).map(({ partition }) => partition)).size).toBe(1)
})

test('(I1) many at once: each 202 is one record', async () => {
  const ingress = await startIngress()
  await ingress.ready()
  const ids = await Promise.all(Array.from({ length: 300 }, async () => idOf(await ingress.post(GOOD))))
  await expect.poll(() => ids.filter((id) => recordsOf(id).length === 1).length, { timeout: 10_000 }).toBe(300)
})

test('the largest body that ingress takes fits into its topic', async () => {
  const ingress = await startIngress({ INGRESS_MAX_BYTES: String(MAX_BODY_BYTES) })
  await ingress.ready()
  const conversation_id = 'é'.repeat(200)
  const frame = { conversation_id, messages: [{ text: '' }] }
  const room = MAX_BODY_BYTES - Buffer.byteLength(JSON.stringify(frame))
  expect(await idOf(await ingress.post({ ...frame, messages: [{ text: 'x'.repeat(room) }] }))).toBe(conversation_id)
})

test('a stop while a request waits for Kafka: it is answered first, and what it says is true', async () => {
  const ingress = await startIngress({ INGRESS_LINGER_MS: '1000' })
  await ingress.ready()
  const { answer, id } = await postUntilOneWaits(ingress, 'last one')
  expect(await stop(ingress.child)).toBe(0)
  expect(await idOf(await answer)).toBe(id)
  await expect.poll(() => recordsOf(id)).toHaveLength(1)
})

test('a stop while half a body has come: it is cut, the request that waits for Kafka is answered, and the stop is clean', async () => {
  const ingress = await startIngress({ INGRESS_LINGER_MS: '1000' })
  await ingress.ready()
  const { hostname, port } = new URL(ingress.url)
  const stuck = createConnection(Number(port), hostname)
  cleanups.push(() => stuck.destroy())
  stuck.write(
    'POST /api/v1/conversations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
  )
  const told = text(stuck)
  const { answer, id } = await postUntilOneWaits(ingress, 'beside a stuck one')
  const begun = performance.now()
  expect(await stop(ingress.child)).toBe(0)
  expect(performance.now() - begun).toBeLessThan(5_000)
  expect(await told).toMatch(/^HTTP\/1\.1 503 /)
  expect(await idOf(await answer)).toBe(id)
  await expect.poll(() => recordsOf(id)).toHaveLength(1)
})

/**
 * Posts one conversation after the other until one is seen to wait for Kafka, and gives its answer, which is to come.
 * It waits for a second at most, which a look on a busy machine may miss.
 */
async function postUntilOneWaits(
  { url, post }: Awaited<ReturnType<typeof startIngress>>,
  name: string,
): Promise<{ answer: Promise<Response>; id: string }> {
  for (let tries = 1; ; tries++) {
    const id = `${name}, ${tries}`
    const answered: string[] = []
    const answer = post({ ...GOOD, conversation_id: id }).finally(() => answered.push(id))
    while (answered.length === 0) {
      const metrics = await (await fetch(`${url}/metrics`)).text()
      if (metrics.includes('insights_produce_queue_records 1')) return { answer, id }
    }
  }
}

test('started before Kafka and the registry it waits, says so, and serves once they are there', async () => {
  const kafka = createForwarder(context.env['KAFKA_BROKERS']?.split(',')[0] ?? '')
  const registry = createForwarder(new URL(context.env['SCHEMA_REGISTRY_URL'] ?? '').host)
  const [kafkaPort, registryPort] = [await freePort(), await freePort()]
  const ingress = await startIngress({
    KAFKA_BROKERS: `127.0.0.1:${kafkaPort}`,
    SCHEMA_REGISTRY_URL: `http://127.0.0.1:${registryPort}${new URL(context.env['SCHEMA_REGISTRY_URL'] ?? '').pathname}`,
  })
  expect(await ingress.status('/healthz')).toBe(200)
  expect(await ingress.status('/readyz')).toBe(503)
  const refused = await ingress.post(GOOD)
  expect(refused.status).toBe(503)
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)

  await listen(kafka, kafkaPort)
  await listen(registry, registryPort)
  await ingress.ready()
  const id = await idOf(await ingress.post(GOOD))
  await expect.poll(() => recordsOf(id)).toHaveLength(1)
})

/** Forwards connections to `target`: an address that is not there until it listens. Kafka tells its own address. */
function createForwarder(target: string): Server {
  const { hostname, port } = new URL(`tcp://${target}`)
  return createServer((inner) => {
    const outer = createConnection(Number(port), hostname)
    inner.pipe(outer).pipe(inner)
    inner.on('error', () => outer.destroy())
    outer.on('error', () => inner.destroy())
    cleanups.push(() => inner.destroy())
  })
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => server.close())
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
