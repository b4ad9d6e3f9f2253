import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { joinTopics } from '@insights/fixtures/join-topics'
import { conversation, conversations } from '@insights/fixtures/make-conversations'
import { startSimulator } from '@insights/fixtures/start-simulator'
import { groupLag } from '@insights/runtime/kafka/admin'
import { choosePorts, isPortFree } from '@insights/stack/choose-ports'
import { testContext } from '@insights/stack/test-context'
import { expect, test } from 'vitest'

const PATIENCE = { timeout: 40_000, interval: 50 }

/** An analyzer with a bug. True when it ended by itself, false when it was stopped by the signal. */
async function runAnalyzerWithBug(env: Record<string, string>, signal: AbortSignal): Promise<boolean> {
  const { ports } = await choosePorts([{ for: 'analyzer', preferred: null }], isPortFree, Math.random)
  const bug = new URL('poison.int.fixture.mjs', import.meta.url).href
  const main = new URL('../main.ts', import.meta.url).pathname
  const child = spawn(process.execPath, ['--import', bug, main], {
    env: { ...process.env, HOST: '127.0.0.1', ...env, ANALYZER_PORT: String(ports[0]) },
    stdio: process.env['TEST_LOG_LEVEL'] ? 'inherit' : 'ignore',
  })
  const stop = () => void child.kill('SIGTERM')
  signal.addEventListener('abort', stop, { once: true })
  await once(child, 'exit')
  signal.removeEventListener('abort', stop)
  return !signal.aborted
}

test('(I2, I8) records that end each process that reads them end as failures, once; all others are analyzed', async () => {
  await using context = await testContext('analyzer-poison')
  const simulator = await startSimulator({ latencyMs: 200 })
  const topics = await joinTopics(context.env)
  const done = new AbortController()
  const env = {
    ...context.env,
    GROK_API_KEY: 'simulator',
    GROK_BASE_URL: simulator.url,
    SESSION_TIMEOUT_MS: '6000',
  }
  let ends = 0
  const supervise = async () => {
    for (let starts = 0; starts < 12 && !done.signal.aborted; starts++) {
      if (await runAnalyzerWithBug(env, done.signal)) ends++
    }
  }
  const say = (name: string, text: string) => {
    const one = conversation(name)
    return { ...one, messages: [{ author_id: null, text, timestamp: null, inbound: true }] }
  }
  const bad = [say('killer', 'My parcel is late – [kills]'), say('thrower', 'My parcel is late – [throws]')]
  await topics.send([...conversations('before', 30), ...bad, ...conversations('behind', 30)])
  const supervised = supervise()
  try {
    const insights = () => new Set(topics.read.insightsProduced.map(({ event }) => event.conversation_id)).size
    const failures = () => topics.read.analysisFailed.length
    await expect
      .poll(() => ({ insights: insights(), failures: failures() }), { timeout: 240_000, interval: 100 })
      .toEqual({
        insights: 60,
        failures: 2,
      })
    const lag = async () =>
      (await groupLag(topics.kafka, `${context.prefix}analyzer`, [topics.topic])).reduce((sum, p) => sum + p.lag, 0)
    await expect.poll(lag, PATIENCE).toBe(0)
    expect(topics.read.analysisFailed.map(({ event }) => event)).toMatchObject(
      bad.map(() => ({
        class: 'too_large',
        retryable: true,
        problem: { detail: expect.stringMatching(/2 analyzers ended/) },
      })),
    )
    const originals = topics.read.analysisFailed.map(({ event }) => event.original.key?.toString())
    expect(originals.toSorted()).toEqual(bad.map(({ conversation_id }) => conversation_id).toSorted())
    // Two for the one whose error is caught; for the other two that prove it and one before that to make them careful.
    expect(ends).toBeLessThanOrEqual(5)
  } finally {
    done.abort()
    await supervised
    await topics.stop()
    await simulator.stop()
  }
}, 300_000)
