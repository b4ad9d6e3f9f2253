import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { connectKafka, kafkaOptions } from '@insights/runtime/kafka/connect-kafka'
import { createPublisher } from '@insights/runtime/kafka/publisher'
import { createLogger } from '@insights/runtime/logger'
import { createCodec } from '@insights/schemas/codec'
import { topicName } from '@insights/schemas/topics'
import { testContext } from '@insights/stack/test-context'
import pg from 'pg'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { readQueryConfig } from './config.ts'
import { migrate } from './owner/migrate.ts'
import { sampleInsight } from './sample-insight.fixture.ts'

/** For what comes by itself, however busy the machine is. */
const soon = { timeout: 20_000 }

const context = await testContext('query-main')
const log = createLogger({ service: 'test', level: 'silent' })
const children = new Set<ChildProcess>()
afterEach(() => {
  for (const child of children) child.kill('SIGKILL')
})
afterAll(() => context.stop())

/** A free port; another process may take it in between, but hardly will. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  return address.port
}

async function start(changes: Record<string, string>) {
  const [query, projector] = [await freePort(), await freePort()]
  const env = {
    ...process.env,
    ...context.env,
    QUERY_PORT: String(query),
    PROJECTOR_PORT: String(projector),
    ...changes,
  }
  const main = fileURLToPath(new URL('./main.ts', import.meta.url))
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  children.add(child)
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  return {
    query: `http://127.0.0.1:${query}`,
    projector: `http://127.0.0.1:${projector}`,
    output: () => output,
    stop: async () => {
      child.kill('SIGTERM')
      if (child.exitCode === null) await once(child, 'exit')
      children.delete(child)
      return child.exitCode
    },
  }
}

const status = async (url: string) =>
  fetch(url).then(
    ({ status }) => status,
    () => null,
  )
const text = async (url: string) =>
  fetch(url).then(
    (answer) => answer.text(),
    () => '',
  )

describe('the process', () => {
  test('waits for a database that comes later, then takes an insight from Kafka to HTTP, and stops cleanly', async () => {
    const { projector: config } = readQueryConfig(context.env)
    if (config === null) throw new Error('the role is all')
    const url = new URL(config.DATABASE_URL)
    const later = `${url.pathname.slice(1)}_later`
    const admin = new pg.Client({ connectionString: new URL('/postgres', url).href })
    await admin.connect()
    const DATABASE_URL = new URL(`/${later}`, url).href
    const process = await start({ DATABASE_URL })

    await expect.poll(() => status(`${process.query}/healthz`), soon).toBe(200)
    await expect.poll(() => status(`${process.projector}/healthz`), soon).toBe(200)
    expect(await status(`${process.query}/readyz`)).toBe(503)
    expect(await status(`${process.projector}/readyz`)).toBe(503)

    await admin.query(`create database "${later}"`)
    await expect.poll(() => text(`${process.query}/readyz`), soon).toContain('npm run migrate')
    await expect.poll(() => text(`${process.projector}/readyz`), soon).toContain('npm run migrate')
    await migrate({ databaseUrl: DATABASE_URL, log })
    await expect.poll(() => status(`${process.query}/readyz`), soon).toBe(200)
    await expect.poll(() => status(`${process.projector}/readyz`), soon).toBe(200)

    const insight = sampleInsight()
    const codec = createCodec({ registryUrl: config.SCHEMA_REGISTRY_URL, prefix: context.prefix })
    await codec.load()
    const publisher = createPublisher({ kafka: connectKafka({ clientId: 'test', log, ...kafkaOptions(config) }), log })
    await publisher.start()
    const value = codec.encode('insightsProduced', insight)
    const topic = topicName('insightsProduced', context.prefix)
    await publisher.publish([{ topic, key: insight.conversation_id, value, headers: [] }])
    const at = new Date(insight.created_at).toISOString()
    const list = `${process.query}/api/v1/insights?start_time=${at}&end_time=2027-01-01`
    await expect.poll(() => text(list), soon).toContain(insight.reasoning)
    // The row is visible a moment before its offset is committed, and counted after that.
    await expect
      .poll(() => text(`${process.projector}/metrics`), soon)
      .toContain(`insights_projected_records_total{topic="${topic}"} 1`)
    expect(await text(`${process.projector}/metrics`)).toContain('insights_end_to_end_seconds_count 1')
    await publisher.stop()

    expect(await process.stop()).toBe(0)
    // Waiting is told once for each reason, not at each try.
    expect(process.output().match(/not started yet/g)?.length).toBeLessThanOrEqual(4)
    await admin.query(`drop database "${later}" with (force)`)
    await admin.end()
  }, 90_000)

  test('ROLE=api is ready and reads while Kafka and the registry are away, and opens no port of the projector; ROLE=projector none of the API', async () => {
    const api = await start({ ROLE: 'api', KAFKA_BROKERS: '127.0.0.1:1', SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1' })
    await expect.poll(() => status(`${api.query}/readyz`), soon).toBe(200)
    expect(await status(`${api.query}/api/v1/insights?start_time=2026-01-01&end_time=2027-01-01`)).toBe(200)
    expect(await status(`${api.projector}/healthz`)).toBeNull()
    expect(await api.stop()).toBe(0)
    const projector = await start({ ROLE: 'projector' })
    await expect.poll(() => status(`${projector.projector}/readyz`), soon).toBe(200)
    expect(await status(`${projector.query}/healthz`)).toBeNull()
    expect(await projector.stop()).toBe(0)
  }, 60_000)

  test('is stopped while it still waits for everything', async () => {
    const nowhere = { DATABASE_URL: 'postgres://u:p@127.0.0.1:1/x', KAFKA_BROKERS: '127.0.0.1:1' }
    const process = await start(nowhere)
    await expect.poll(() => status(`${process.projector}/healthz`), soon).toBe(200)
    expect(await process.stop()).toBe(0)
  }, 60_000)
})
