import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PRIVATE } from '@insights/fixtures/private-texts'
import { provision } from '@insights/pipeline/provision'
import { createLogger } from '@insights/runtime/logger'
import { startStack, type Stack } from '@insights/stack/start-stack'
import { testContext, type TestContext } from '@insights/stack/test-context'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { readTopic, servedInsights } from './read-insights.ts'
import { startPipeline, type Pipeline } from './start-pipeline.ts'
import { submit } from './submit.ts'

let context: TestContext
let directory: string
let stack: Stack
let pipeline: Pipeline
let env: Record<string, string>

/** A broker and a registry of this file's own, since others share the run's; the database is only read and written. */
beforeAll(async () => {
  context = await testContext('outages')
  directory = await mkdtemp(join(tmpdir(), 'insights-outages-'))
  const { KAFKA_BROKERS: _kafka, SCHEMA_REGISTRY_URL: _registry, STACK_BROKERS: _brokers, ...outer } = process.env
  stack = await startStack({
    dataDir: directory,
    env: { ...outer, DATABASE_URL: context.env.DATABASE_URL },
    brokers: 1,
    preferPorts: false,
  })
  env = { ...context.env, ...stack.env, PRODUCE_TIMEOUT_MS: '1500' }
  await provision({
    kafka: { brokers: stack.env.KAFKA_BROKERS.split(','), ssl: false },
    registry: { registryUrl: stack.env.SCHEMA_REGISTRY_URL },
    prefix: context.prefix,
    replicationFactor: 1,
    log: createLogger({ service: 'test', level: 'warn' }),
  })
  pipeline = await startPipeline(env)
}, 120_000)
afterAll(async () => {
  await pipeline?.stop()
  await stack?.stop()
  await context?.stop()
  await rm(directory, { recursive: true, force: true })
})

const post = (id: string) =>
  fetch(`${pipeline.services.ingress.url}/api/v1/conversations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      conversation_id: `${PRIVATE}${id}`,
      messages: [{ text: 'The parcel never came.', inbound: true }],
    }),
  })
const submitAll = async (prefix: string, count: number) => {
  for (let i = 0; i < count; i++)
    await submit(() => pipeline.services.ingress.url, {
      conversation_id: `${PRIVATE}${prefix}-${i}`,
      messages: [{ text: `Thank you, order ${i} arrived.`, inbound: true }],
    })
}
const served = async () => (await servedInsights(pipeline.services.query.url)).total

test('(I1) the broker hangs: nothing is called accepted, 503 says when to come back, and it recovers by itself', async () => {
  expect((await post('before')).status).toBe(202)
  await stack.brokers[0]?.pause()
  try {
    const refused = await post('during')
    expect(refused.status).toBe(503)
    expect(refused.headers.get('content-type')).toContain('application/problem+json')
    expect(refused.headers.get('retry-after')).toMatch(/^[1-9]\d*$/)
    await vi.waitFor(async () => {
      const ready = await fetch(`${pipeline.services.ingress.url}/readyz`)
      expect(ready.status).toBe(503)
      expect(await ready.text()).toContain('Kafka')
    }, 20_000)
    expect((await fetch(`${pipeline.services.ingress.url}/healthz`)).status).toBe(200)
  } finally {
    await stack.brokers[0]?.resume()
  }
  await submit(() => pipeline.services.ingress.url, {
    conversation_id: `${PRIVATE}during`,
    messages: [{ text: 'The parcel never came.', inbound: true }],
  })
  await vi.waitFor(async () => expect(await served()).toBe(2), { timeout: 60_000, interval: 250 })
}, 120_000)

test('(I2) the broker is killed and comes back: what was accepted is analysed, by the same processes', async () => {
  const pids = Object.values(pipeline.services).map(({ pid }) => pid)
  const before = await served()
  await submitAll('accepted', 30)
  await stack.brokers[0]?.kill()
  await stack.brokers[0]?.start()
  await submitAll('after', 10)
  await vi.waitFor(async () => expect(await served()).toBe(before + 40), { timeout: 90_000, interval: 250 })
  expect(Object.values(pipeline.services).map(({ pid }) => pid)).toEqual(pids)
}, 180_000)

test('(I2) the registry is away while records flow: nothing is dead-lettered, and everything completes afterwards', async () => {
  const before = await served()
  await stack.registry?.kill()
  // Warm services know their schemas and go on; a cold analyzer has to wait for the registry and must not give up
  // records.
  await submitAll('warm', 20)
  await pipeline.killAndStart('analyzer', { awaitReady: false })
  await submitAll('cold', 20)
  await vi.waitFor(async () => {
    const url = pipeline.services.analyzer.url
    const ready = await fetch(`${url}/readyz`)
    expect(ready.status).toBe(503)
    expect(await ready.text()).toMatch(/registry|schema/i)
  }, 30_000)
  await stack.registry?.start()
  await vi.waitFor(async () => expect(await served()).toBe(before + 40), { timeout: 90_000, interval: 250 })
  expect(await readTopic(env, 'analysisFailed')).toEqual([])
}, 180_000)
