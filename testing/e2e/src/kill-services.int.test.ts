import { PRIVATE } from '@insights/fixtures/private-texts'
import { generateConversations } from '@insights/sample-conversations/generate-conversations'
import { topicIds, topics } from '@insights/schemas/topics'
import { testContext, type TestContext } from '@insights/stack/test-context'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { findReaders } from './find-readers.ts'
import { poolDatabase, type PooledDatabase } from './pool-database.ts'
import { readTopic, servedInsights } from './read-insights.ts'
import { startPipeline, type Pipeline } from './start-pipeline.ts'
import { submit } from './submit.ts'

let context: TestContext
let database: PooledDatabase
let pipeline: Pipeline

beforeAll(async () => {
  context = await testContext('kill-services')
  database = await poolDatabase(context.env['DATABASE_URL'] ?? '')
  pipeline = await startPipeline({ ...context.env, DATABASE_URL: database.url, SESSION_TIMEOUT_MS: '6000' })
})
afterAll(async () => {
  await pipeline?.stop()
  await database?.stop()
  await context?.stop()
})

test('the services read the topics that the table of topics, and so the AsyncAPI document, says they read', async () => {
  const readers = await findReaders(context.env)
  const table = topicIds.map((id) => topics[id])
  expect(Object.fromEntries(table.map(({ name }) => [name, [...(readers.get(name) ?? [])].toSorted()]))).toEqual(
    Object.fromEntries(table.map(({ name, readBy }) => [name, readBy])),
  )
})

test('(I1, I2, I6) kill −9 of each service in turn while 500 conversations flow: each ends as one insight', async () => {
  const ids = Array.from({ length: 500 }, (_, i) => `${PRIVATE}kill-${i}`)
  const samples = generateConversations({ seed: 7, count: ids.length })
  let accepted = 0
  const sending = (async () => {
    for (const [index, id] of ids.entries()) {
      await submit(() => pipeline.services.ingress.url, {
        ...samples[index],
        conversation_id: id,
        metadata: { order: `${PRIVATE}order` },
      })
      accepted++
    }
  })()
  for (const [service, at] of [
    ['analyzer', 60],
    ['ingress', 180],
    ['query', 260],
    ['analyzer', 380],
  ] as const) {
    await vi.waitFor(() => expect(accepted).toBeGreaterThanOrEqual(at), 60_000)
    await pipeline.killAndStart(service)
  }
  await sending

  await vi.waitFor(async () => expect((await servedInsights(pipeline.services.query.url)).total).toBe(500), {
    timeout: 90_000,
    interval: 500,
  })
  const { insights } = await servedInsights(pipeline.services.query.url)
  expect(new Set(insights.map(({ conversation_id }) => conversation_id))).toEqual(new Set(ids))
  expect(insights).toHaveLength(500)

  const published = await readTopic(context.env, 'insightsProduced')
  const idsOf = new Map<string, Set<string>>()
  for (const { event } of published)
    idsOf.set(event.conversation_id, (idsOf.get(event.conversation_id) ?? new Set()).add(event.insight_id))
  expect([...idsOf.values()].filter((insightIds) => insightIds.size !== 1)).toEqual([])
  expect(await readTopic(context.env, 'analysisFailed')).toEqual([])

  const stats = (await (await fetch(`${pipeline.simulator.url}/__sim/stats`)).json()) as Record<string, unknown>
  console.log(`published ${published.length} insights for 500 conversations; simulator: ${JSON.stringify(stats)}`)
}, 240_000)
