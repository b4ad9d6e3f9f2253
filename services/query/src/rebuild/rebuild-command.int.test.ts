import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { connectKafka } from '@insights/runtime/kafka/connect-kafka'
import { createPublisher } from '@insights/runtime/kafka/publisher'
import { createLogger } from '@insights/runtime/logger'
import { createCodec } from '@insights/schemas/codec'
import { topicName } from '@insights/schemas/topics'
import { testContext } from '@insights/stack/test-context'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'

const insights = resolve(import.meta.dirname, '../../../../cli/insights.mjs')
const context = await testContext('rebuild')
const log = createLogger({ service: 'test', level: 'silent' })
const kafka = connectKafka({
  clientId: 'test',
  brokers: (context.env['KAFKA_BROKERS'] ?? '').split(','),
  ssl: false,
  log,
})
const pool = new pg.Pool({ connectionString: context.env['DATABASE_URL'] ?? '', max: 2 })

beforeAll(async () => {
  const codec = createCodec({ registryUrl: context.env['SCHEMA_REGISTRY_URL'] ?? '', prefix: context.prefix })
  await codec.load()
  const publisher = createPublisher({ kafka, log })
  await publisher.start()
  const topic = topicName('conversationsReceived', context.prefix)
  const records = Array.from({ length: 100 }, (_, place) => {
    const conversation = {
      conversation_id: `conv_${place}`,
      messages: [{ author_id: null, text: 'hello', timestamp: null, inbound: true }],
      metadata: '{"channel":"mail"}',
      source: 'crm',
      submission_id: '00000000-0000-4000-8000-000000000001',
    }
    const value = codec.encode('conversationsReceived', conversation)
    return { topic, key: conversation.conversation_id, value, headers: [] }
  })
  const published = await publisher.publish(records)
  if (!published.ok) throw new Error(published.detail)
  await publisher.stop()
})
afterAll(async () => {
  await pool.end()
  await context.stop()
})

/** Runs the command, and kills it at the line that says so. */
async function rebuild({ killAt }: { killAt?: string } = {}): Promise<{ code: number | null; lines: string[] }> {
  const child = spawn(process.execPath, [insights, 'rebuild', '--no-stack-env'], {
    env: { ...process.env, ...context.env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const exited = once(child, 'exit')
  const lines: string[] = []
  for await (const line of createInterface(child.stderr)) {
    lines.push(line)
    if (killAt !== undefined && line.includes(killAt)) child.kill('SIGKILL')
  }
  await exited
  return { code: child.exitCode, lines }
}

const received = async () =>
  (await pool.query<{ count: number }>('select count(*)::int as count from conversations')).rows[0]?.count

test('killed in the middle it has changed nothing, and the next run starts over and says so', async () => {
  expect((await rebuild({ killAt: 'counting' })).lines).toContain('counting')
  expect(await received()).toBe(0)
  const again = await rebuild()
  expect(again).toMatchObject({ code: 0 })
  expect(again.lines[0]).toBe('what an earlier rebuild left is dropped: this one starts over')
  expect(again.lines.at(-1)).toBe('the tables are rebuilt')
  expect(await received()).toBe(100)
})

test('what cannot be rebuilt is a sentence', async () => {
  await pool.query('create view report as select count(*) from insights')
  expect(await rebuild()).toEqual({
    code: 1,
    lines: [
      'insights rebuild: made of the tables that would be replaced: report; drop them, and create them again after the rebuild',
    ],
  })
  await pool.query('drop view report')
})
