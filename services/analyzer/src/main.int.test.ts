import { joinTopics } from '@insights/fixtures/join-topics'
import { conversations } from '@insights/fixtures/make-conversations'
import { spawnService, type SpawnedService } from '@insights/fixtures/spawn-service'
import { startSimulator } from '@insights/fixtures/start-simulator'
import { groupLag } from '@insights/runtime/kafka/admin'
import { testContext } from '@insights/stack/test-context'
import { expect, test } from 'vitest'

const PATIENCE = { timeout: 40_000, interval: 50 }

test('(I2, I5, I6) the process is killed under load and started again, with a clock two hours ahead: nothing is lost, what is done twice has one id, and events tell the time of the broker', async () => {
  await using context = await testContext('analyzer-kill')
  const simulator = await startSimulator({ latencyMs: 300 })
  const topics = await joinTopics(context.env)
  const env = {
    ...context.env,
    GROK_API_KEY: 'simulator',
    GROK_BASE_URL: simulator.url,
    OPENAI_ORG_ID: 'other',
    SESSION_TIMEOUT_MS: '6000',
  }
  const killed = await spawnService('analyzer', env)
  let again: SpawnedService | undefined
  try {
    await topics.send(conversations('k', 300))
    await expect.poll(() => topics.read.insightsProduced.length, PATIENCE).toBeGreaterThan(50)
    await killed.kill()
    again = await spawnService('analyzer', { ...env, ...TWO_HOURS_AHEAD })
    await topics.publish([{ key: 'k', value: Buffer.from('garbage'), headers: [] }])

    const done = () => new Set(topics.read.insightsProduced.map(({ event }) => event.conversation_id)).size
    await expect.poll(done, PATIENCE).toBe(300)
    const lag = async () =>
      (await groupLag(topics.kafka, `${context.prefix}analyzer`, [topics.topic])).reduce((sum, p) => sum + p.lag, 0)
    await expect.poll(lag, PATIENCE).toBe(0)
    expect(new Set(topics.read.insightsProduced.map(({ event }) => event.insight_id)).size).toBe(300)
    await expect
      .poll(() => topics.read.analysisFailed.map(({ event }) => event.class), PATIENCE)
      .toEqual(['undecodable'])
    const { insightsProduced, analysisFailed, analysisStarted } = topics.read
    for (const { event, record } of insightsProduced) expectNow(event.created_at, record)
    for (const { event, record } of analysisFailed) expectNow(event.failed_at, record)
    for (const { event, record } of analysisStarted) expectNow(event.started_at, record)
    expect((await simulator.stats()).max_calls_in_sliding_second).toBeLessThanOrEqual(10)

    expect(await (await fetch(`${again.url}/healthz`)).json()).toEqual({ status: 'ok' })
    expect(await (await fetch(`${again.url}/metrics`)).text()).toContain(
      'insights_grok_calls_total{outcome="answered"}',
    )
    await again.stop() // rejects unless the process ends with 0 in time
  } finally {
    await again?.kill()
    await killed.kill()
    await topics.stop()
    await simulator.stop()
  }
}, 90_000)

const TWO_HOURS_AHEAD = {
  NODE_OPTIONS: '--import ./testing/bench/src/skew-clock.mjs',
  SKEW_MS: String(2 * 60 * 60 * 1000),
}

/** Within the seconds that a busy machine takes until the broker has it. */
function expectNow(at: number, { appendedAt }: { appendedAt: number }): void {
  expect(Math.abs(at - appendedAt)).toBeLessThan(10_000)
}
