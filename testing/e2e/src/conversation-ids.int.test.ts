import { spawnProcess, type SpawnedProcess } from '@insights/stack/spawn-process'
import { choosePorts, isPortFree } from '@insights/stack/choose-ports'
import { processes } from '@insights/stack/process-table'
import { testContext, type TestContext } from '@insights/stack/test-context'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { servedInsights } from './read-insights.ts'
import { startPipeline, type Pipeline } from './start-pipeline.ts'

let context: TestContext
let pipeline: Pipeline
let gateway: SpawnedProcess
/** Of the gateway. */
let url: string

beforeAll(async () => {
  context = await testContext('conversation-ids')
  pipeline = await startPipeline({ ...context.env, BATCH_FLUSH_SECONDS: '0.1', OUTBOUND_RPS: '50' })
  const { ports } = await choosePorts([{ for: 'gateway', preferred: null }], isPortFree, Math.random)
  url = `http://127.0.0.1:${ports[0]}`
  const { ingress, query } = pipeline.services
  gateway = await spawnProcess({
    name: 'gateway',
    script: processes.gateway.program,
    env: { GATEWAY_PORT: String(ports[0]), INGRESS_URL: ingress.url, QUERY_URL: query.url },
    readyUrl: `${url}${processes.gateway.readyPath}`,
  })
})
afterAll(async () => {
  await gateway?.kill()
  await pipeline?.stop()
  await context?.stop()
})

const soon = { timeout: 30_000, interval: 50 }
const post = (conversation_id: string, text: string) =>
  fetch(`${url}/api/v1/conversations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ conversation_id, messages: [{ text, inbound: true }] }),
  })
interface Read {
  conversation_id: string
  status: string
  messages: { text: string }[]
  insight: object | null
  timeline: { stage: string }[]
}
const read = async (location: string): Promise<Read | number> => {
  const answer = await fetch(url + location)
  return answer.status === 200 ? ((await answer.json()) as Read) : answer.status
}

test('(I5) an erased conversation is nowhere any more; what is submitted under its id afterwards is there', async () => {
  const { headers } = await post('order/1', 'I am furious.')
  const location = headers.get('location') ?? ''
  await expect.poll(() => read(location), soon).toMatchObject({ status: 'completed', insight: { attempts: 1 } })
  expect(await read(location)).toMatchObject({
    messages: [{ text: 'I am furious.' }],
    timeline: [{ stage: 'received' }, { stage: 'started' }, { stage: 'completed' }],
  })
  expect((await servedInsights(url)).total).toBe(1)

  for (const location of ['/api/v1/conversations/order%2F1', '/api/v1/conversations/never-seen']) {
    const answer = await fetch(url + location, { method: 'DELETE' })
    expect({ status: answer.status, location: answer.headers.get('location') }).toEqual({ status: 202, location })
  }
  await expect.poll(() => read(location), soon).toBe(404)
  expect(await servedInsights(url)).toEqual({ total: 0, insights: [] })

  await post('order/1', 'Thank you, it came.')
  await expect.poll(() => read(location), soon).toMatchObject({ status: 'completed' })
  expect(await read(location)).toMatchObject({ messages: [{ text: 'Thank you, it came.' }] })
  expect((await servedInsights(url)).total).toBe(1)
})

const NASTY = [
  'bulk a/b / // a/../b ../../metrics a/.. ... ./a % %2F %252F %2e%2e %zz ? # a?b=c#d + a\\..\\b',
  '\'!~*() "<>`{}|^ ä a\u0308 😀 日本 \u202E * :id __proto__ constructor {id} a;b=1 http://x/y \uFEFF',
]
  .flatMap((line) => line.split(' '))
  .concat(' ', '  a  ', '𠮷'.repeat(100), '%'.repeat(200))

test('whatever Unicode an id is, what Location says leads through the gateway to its conversation', async () => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 50 }),
    fc.string({ unit: fc.constantFrom('.', '/', '%', '\\', '2', 'e', 'F', '?', '#'), minLength: 1, maxLength: 12 }),
  )
  const drawn = fc.sample(
    text.filter((id) => id.length <= 200 && !['.', '..'].includes(id)),
    60,
  )
  const ids = [...new Set([...NASTY, ...drawn])].filter((id) => !/[\p{Cc}]/u.test(id) && id.isWellFormed())
  expect(ids.length).toBeGreaterThan(60)
  await Promise.all(
    ids.map(async (id) => {
      const answer = await post(id, `about ${id}`)
      expect({ id, status: answer.status }).toEqual({ id, status: 202 })
      const location = answer.headers.get('location') ?? ''
      await expect
        .poll(async () => ({ id, read: await read(location) }), soon)
        .toMatchObject({ id, read: { conversation_id: id, messages: [{ text: `about ${id}` }] } })
    }),
  )
})
