import { setTimeout as sleep } from 'node:timers/promises'
import { conversations } from '@insights/fixtures/make-conversations'
import { spawnService } from '@insights/fixtures/spawn-service'
import { startSimulator } from '@insights/fixtures/start-simulator'
import { withTopics } from '@insights/fixtures/with-topics'
import { describe, expect, test } from 'vitest'
import { TICKS_PER_USD } from '@insights/pipeline/estimate/estimate-cost'
import { startAnalyzer } from './start-analyzer.int.fixture.ts'

const bed = withTopics('budget')
const PATIENCE = { timeout: 40_000, interval: 50 }
const SENT = 400
/** About a dozen full calls of the simulator's default model. */
const BUDGET = 0.05

type Analyzer = Awaited<ReturnType<typeof startAnalyzer>>
const isPaused = (analyzer: Analyzer) => analyzer.metric('insights_analyzer_paused{reason="budget"}')
const analyzed = () => new Set(bed.topics.read.insightsProduced.map(({ event }) => event.conversation_id)).size

/** Every conversation has its insight, at its first attempt, and is committed. */
async function expectAllDone() {
  await expect.poll(analyzed, PATIENCE).toBe(SENT)
  await expect.poll(bed.lag, PATIENCE).toBe(0)
  expect(bed.topics.read.analysisFailed).toEqual([])
  expect(new Set(bed.topics.read.insightsProduced.map(({ event }) => event.attempts))).toEqual(new Set([1]))
}

describe('a daily budget on real Kafka', () => {
  test('(I2, I9) used up, it holds the calls of all analyzers with its reason, over a restart; with a larger one all goes on and nothing was lost', async () => {
    const simulator = bed.kept(await startSimulator())
    const cost = async () => (await simulator.stats()).cost_in_usd_ticks / TICKS_PER_USD
    const env = {
      ...bed.context.env,
      GROK_BASE_URL: simulator.url,
      DAILY_BUDGET_USD: String(BUDGET),
      STALL_SECONDS: '2',
    }
    const both = await Promise.all([startAnalyzer(env), startAnalyzer(env)])
    for (const analyzer of both) bed.kept(analyzer)
    await bed.topics.send(conversations('money', SENT))

    for (const analyzer of both) await expect.poll(() => isPaused(analyzer), PATIENCE).toBe(1)
    await expect.poll(async () => (await simulator.stats()).in_flight, PATIENCE).toBe(0)
    const { calls, cost_in_usd_ticks: ticks } = await simulator.stats()
    // Each call may cost a little more than the mean of those before it.
    expect(ticks / TICKS_PER_USD).toBeLessThan(1.1 * BUDGET)
    expect(ticks / TICKS_PER_USD).toBeGreaterThan(0.7 * BUDGET)
    for (const analyzer of both) {
      // Every tick, of both, known to both.
      await expect
        .poll(() => analyzer.metric('insights_daily_cost_usd{model="simulator"}'), PATIENCE)
        .toBe(await cost())
      expect(await analyzer.metric('insights_daily_budget_usd')).toBe(BUDGET)
      expect(await analyzer.metric('insights_daily_budget_used_ratio')).toBeCloseTo((await cost()) / BUDGET, 9)
      const { ok, checks } = await analyzer.ready()
      expect([ok, JSON.stringify(checks)]).toEqual([
        false,
        expect.stringMatching(/budget: 0\.0\d+ of 0\.0500 US dollars/),
      ])
    }
    await sleep(3_000) // longer than STALL_SECONDS
    for (const analyzer of both) expect(await analyzer.live()).toMatchObject({ ok: true })
    expect((await simulator.stats()).calls).toBe(calls)
    for (const analyzer of both) await analyzer.stop()

    const again = bed.kept(await startAnalyzer(env))
    await expect.poll(() => isPaused(again), PATIENCE).toBe(1)
    expect(await again.metric('insights_daily_cost_usd{model="simulator"}')).toBe(await cost())
    await again.stop()
    expect((await simulator.stats()).calls).toBe(calls)
    expect(analyzed()).toBeLessThan(SENT)

    const larger = bed.kept(await startAnalyzer({ ...env, DAILY_BUDGET_USD: '100' }))
    await expectAllDone()
    await expect.poll(() => larger.metric('insights_daily_cost_usd{model="simulator"}'), PATIENCE).toBe(await cost())
    expect([await isPaused(larger), await larger.ready()]).toMatchObject([0, { ok: true }])
    expect([...both, again, larger].flatMap(({ crashes }) => crashes)).toEqual([])
    expect((await simulator.stats()).max_calls_in_sliding_second).toBeLessThanOrEqual(10)
  }, 120_000)

  test('(I2) a process that is killed takes at most the calls of a moment with it, and the next one goes on counting', async () => {
    const simulator = bed.kept(await startSimulator({ latencyMs: 300 }))
    const cost = async () => (await simulator.stats()).cost_in_usd_ticks / TICKS_PER_USD
    const env = {
      ...bed.context.env,
      GROK_API_KEY: 'simulator',
      GROK_BASE_URL: simulator.url,
      DAILY_BUDGET_USD: String(BUDGET),
      SESSION_TIMEOUT_MS: '6000',
    }
    const killed = await spawnService('analyzer', env)
    bed.kept({ stop: killed.kill })
    await bed.topics.send(conversations('money', SENT))
    await expect.poll(cost, PATIENCE).toBeGreaterThan(0.4 * BUDGET)
    await killed.kill()

    const next = bed.kept(await startAnalyzer(env))
    await expect.poll(() => isPaused(next), PATIENCE).toBe(1)
    // What was in flight counts as spent; what began in the last moment may be missing.
    expect(await cost()).toBeGreaterThan(0.5 * BUDGET)
    expect(await cost()).toBeLessThan(1.3 * BUDGET)
    await next.stop()

    bed.kept(await startAnalyzer({ ...env, DAILY_BUDGET_USD: '100' }))
    await expectAllDone()
  }, 120_000)
})
