import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { COOLDOWN_KEY, encodeCooldown, encodeSpending, spendingKey } from '@insights/analyzer/group/signals'
import { connectKafka } from '@insights/runtime/kafka/connect-kafka'
import { createPublisher } from '@insights/runtime/kafka/publisher'
import { createLogger } from '@insights/runtime/logger'
import { internalTopicName } from '@insights/schemas/topics'
import { testContext } from '@insights/stack/test-context'
import { expect, test } from 'vitest'
import { root } from '../root.ts'

test('a hold and what was spent are shown, without what a terminal would obey; a hold and a forged figure are ended', async () => {
  await using context = await testContext('holds')
  const log = createLogger({ service: 'test', level: 'silent' })
  const brokers = (context.env['KAFKA_BROKERS'] ?? '').split(',')
  const publisher = createPublisher({ kafka: connectKafka({ clientId: 'test', brokers, ssl: false, log }), log })
  await publisher.start()
  const topic = internalTopicName('analyzerSignals', context.prefix)
  const day = new Date().toISOString().slice(0, 10)
  const until = Date.now() + 3_600_000
  const hold = {
    kind: 'transient',
    reason: 'rate_limited',
    by: 'a\u001b[2J',
    asked: 3_600_000,
    step: 0,
    probe: null,
  } as const
  const cooldown = encodeCooldown({ member: 'a', base: 70, hold: { ...hold, until }, succeededAt: null })
  const spending = encodeSpending({ revision: 3, models: [], unanswered: 5e10, reserved: 0 })
  const records = [
    { topic, key: COOLDOWN_KEY, value: cooldown, headers: [] },
    { topic, key: spendingKey(day, 'forged'), value: spending, headers: [] },
  ]
  expect(await publisher.publish(records)).toEqual({ ok: true })
  await publisher.stop()

  const run = (args: string[], env: Record<string, string> = {}) => {
    const command = [resolve(root, 'cli/insights.mjs'), 'holds', ...args]
    return promisify(execFile)(process.execPath, command, { env: { ...process.env, ...context.env, ...env } })
  }
  const holds = async (...args: string[]) => (await run(args)).stdout
  const shown = await holds()
  expect(shown).toContain(
    `cool-down: rate_limited, no call before ${new Date(until).toISOString()}; met by a\\u{1b}[2J, step 0`,
  )
  expect(shown).toContain(`US dollars: 5.0000, by member:\n  forged: charged 0.0000, perhaps charged 5.0000`)
  const cleared = (await holds('--clear', '--forget', 'forged')).split('now:')[1]
  expect(cleared).toContain('no cool-down: calls are made')
  expect(cleared).toContain('US dollars: 0.0000')
  expect(await holds()).toContain('no cool-down')
  await expect(run([], { TOPIC_PREFIX: 'nowhere.' })).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('there is no topic nowhere.analyzer.signals at ') as string,
  })
})
