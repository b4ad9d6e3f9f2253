import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { OpenApiDocument } from '@insights/gateway/merge-openapi'
import { choosePorts, isPortFree } from '@insights/stack/choose-ports'
import { processes } from '@insights/stack/process-table'
import { spawnProcess, type SpawnedProcess } from '@insights/stack/spawn-process'
import { testContext, type TestContext } from '@insights/stack/test-context'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Answered, createClient } from './call-operation.ts'
import { tickets } from './querying-conversations.fixture.ts'
import { runPage } from './run-page.ts'
import { operationsOf } from './read-openapi.ts'
import { startPipeline, type Pipeline } from '../start-pipeline.ts'

const KEY = 'a-key-with-every-scope'
const WINDOW = { start_time: '2024-01-01', end_time: '2100-01-01' }
const conversation = {
  conversation_id: 'ticket / 1',
  messages: [{ text: 'The invoice is wrong, I am very angry.', timestamp: '2024-11-12T09:00:00Z', inbound: true }],
  metadata: { channel: 'email', product: 'espresso' },
}

let context: TestContext
let pipeline: Pipeline
let gateway: SpawnedProcess
let document: OpenApiDocument
let call: ReturnType<typeof createClient>
let address: string

beforeAll(async () => {
  context = await testContext('call-api')
  const keys = { API_KEYS: `all:${createHash('sha256').update(KEY).digest('hex')}` }
  // One conversation a call, so that its cost does not depend on which came together.
  const alone = {
    FACET_KEYS: 'channel,product',
    BATCH_SIZE: '1',
    CANARY: 'off',
    BATCH_FLUSH_SECONDS: '0.1',
    SIMULATOR_LATENCY_MS: '50',
  }
  pipeline = await startPipeline({ ...context.env, ...keys, ...alone })
  const { ports } = await choosePorts([{ for: 'gateway', preferred: null }], isPortFree, Math.random)
  address = `http://127.0.0.1:${ports[0]}`
  gateway = await spawnProcess({
    name: 'gateway',
    script: processes.gateway.program,
    env: {
      ...keys,
      GATEWAY_PORT: String(ports[0]),
      INGRESS_URL: pipeline.services.ingress.url,
      QUERY_URL: pipeline.services.query.url,
    },
    readyUrl: `${address}${processes.gateway.readyPath}`,
  })
  document = (await (await fetch(`${address}/openapi.json`)).json()) as OpenApiDocument
  call = createClient(document, address, KEY)
})
afterAll(async () => {
  await gateway?.kill()
  await pipeline?.stop()
  await context.stop()
})

const ID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/

/** Times of today, ids and places in topics are of the run; those of the conversations are always the same. */
function settle(value: unknown, name: string): unknown {
  if (typeof value !== 'string') return value
  const today = Math.abs(Date.parse(value) - Date.now()) < 86_400_000
  if (/^\d{4}-\d\d-\d\dT/.test(value)) return today ? '2025-11-17T08:00:00.000Z' : value
  if (/^\d{4}-\d\d-\d\d$/.test(value)) return today ? '2025-11-17' : value
  if (name === 'topic') return value.replace(context.prefix, '')
  if (name === 'prompt_version') return '1.0.0'
  return ID.test(value) && name !== 'conversation_id' ? '0198f2d0-5b7a-7c3e-9f21-6a4d8e0b1c55' : value
}

test('docs/querying.md answers its questions as it says: vitest -u writes the answers', async () => {
  for (const ticket of tickets) await call('acceptConversation', { body: ticket })
  const { data } = await vi.waitFor(
    async () => {
      const { body } = await call('listInsights', { query: { ...WINDOW } })
      expect(body).toHaveProperty('metadata.total_count', tickets.length - 1)
      return body as { data: unknown[] }
    },
    { timeout: 30_000, interval: 200 },
  )
  expect(data).toHaveLength(tickets.length - 1)
  const home = await mkdtemp(join(tmpdir(), 'querying-'))
  await writeFile(join(home, '.curlrc'), `header = "Authorization: Bearer ${KEY}"\n`)
  const path = resolve(import.meta.dirname, '../../../../docs/querying.md')
  const env = { API: `${address}/api/v1`, CURL_HOME: home }
  const { page, commands } = await runPage(await readFile(path, 'utf8'), env, settle)
  await rm(home, { recursive: true })
  expect(commands.length).toBeGreaterThanOrEqual(10)
  await expect(page).toMatchFileSnapshot(path)
}, 60_000)

/** One call of every operation, in an order in which each finds what it asks for. */
const calls: Record<string, () => Promise<Answered>> = {
  acceptConversation: () => call('acceptConversation', { body: conversation }),
  // What was sent in has been analysed once it is in the list.
  listInsights: () =>
    vi.waitFor(
      async () => {
        const answer = await call('listInsights', {
          query: {
            ...WINDOW,
            time: 'occurred_at',
            sentiment: 'negative',
            cluster: ['billing', 'invoice'],
            'metadata.KEY': { 'metadata.channel': 'email', 'metadata.product': 'espresso' },
          },
        })
        expect(answer.body).toHaveProperty('metadata.total_count', 1)
        return answer
      },
      { timeout: 20_000, interval: 200 },
    ),
  countFacets: () => call('countFacets', { query: WINDOW }),
  listClusters: () => call('listClusters', { query: WINDOW }),
  listTrends: () =>
    call('listTrends', { query: { ...WINDOW, interval: 'month', compare: 'previous', percentiles: 'true' } }),
  exportInsights: () => call('exportInsights', { query: { ...WINDOW, format: 'ndjson' } }),
  // What comes first is an id without data.
  streamInsights: () => call('streamInsights'),
  getConversation: () => call('getConversation', { path: { conversation_id: conversation.conversation_id } }),
  listFailures: () => call('listFailures', { query: { class: 'unsafe' } }),
  listFailureGroups: () => call('listFailureGroups'),
  getFailure: async () => {
    const { body } = await call('listFailures')
    const [failure] = (body as { data: { failure_id: string }[] }).data
    return call('getFailure', { path: { failure_id: failure?.failure_id ?? '' } })
  },
  beginRedrive: () => call('beginRedrive', { body: { filter: { class: 'unsafe' }, dry_run: true } }),
  listRedrives: () => call('listRedrives'),
  getRedrive: async () => {
    const { body } = await call('listRedrives', { query: { limit: '1' } })
    const [redrive] = (body as { data: { id: string }[] }).data
    return call('getRedrive', { path: { id: redrive?.id ?? '' } })
  },
  listUsage: () => call('listUsage', { query: WINDOW }),
  eraseConversation: () => call('eraseConversation', { path: { conversation_id: conversation.conversation_id } }),
}

test('a client that knows only the document calls every operation, and every answer is as described', async () => {
  for (const [operationId, ask] of Object.entries(calls)) {
    const { status, faults, body } = await ask()
    expect({ operationId, status, faults, body }).toMatchObject({ operationId, faults: [] })
    expect(status, operationId).toBeLessThan(300)
  }
  expect(Object.keys(calls).toSorted()).toEqual(
    operationsOf(document)
      .map(({ operationId }) => operationId)
      .toSorted(),
  )
}, 60_000)

test('what a client does wrong is answered as described, at every operation', async () => {
  const stranger = createClient(document, address, 'no key')
  const path = { conversation_id: 'a', failure_id: 'a', id: 'a' }
  for (const { operationId = '' } of operationsOf(document)) {
    const { status, faults } = await stranger(operationId, { path })
    expect({ operationId, status, faults }).toEqual({ operationId, status: 401, faults: [] })
    const bare = await call(operationId, { path })
    expect({ operationId, faults: bare.faults }).toEqual({ operationId, faults: [] })
  }
})
