import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { connectKafka } from '@insights/runtime/kafka/connect-kafka'
import { readToEnd } from '@insights/runtime/kafka/consume/read-to-end'
import type { ConsumedRecord } from '@insights/runtime/kafka/records'
import { createLogger } from '@insights/runtime/logger'
import { createCodec } from '@insights/schemas/codec'
import { topicName } from '@insights/schemas/topics'
import { testContext } from '@insights/stack/test-context'
import { expect, test } from 'vitest'
import { root } from '../root.ts'

test('the program that docs/producing.md shows writes a conversation that the pipeline can read', async () => {
  await using context = await testContext('docs-produce')
  const { KAFKA_BROKERS = '', SCHEMA_REGISTRY_URL = '' } = context.env
  const program = resolve(root, 'cli/insights.mjs')
  const { stdout } = await promisify(execFile)(process.execPath, [program, 'produce'], {
    env: { ...process.env, ...context.env },
  })
  const conversationId = stdout.trim()

  const log = createLogger({ service: 'test', level: 'silent' })
  const records: ConsumedRecord[] = []
  await readToEnd({
    kafka: connectKafka({ clientId: 'test', brokers: KAFKA_BROKERS.split(','), ssl: false, log }),
    log,
    topic: topicName('conversationsReceived', context.prefix),
    onRecords: (some) => void records.push(...some),
  })
  expect(records.map(({ key }) => key?.toString())).toEqual([conversationId])
  const codec = createCodec({ registryUrl: SCHEMA_REGISTRY_URL, prefix: context.prefix })
  await codec.load()
  expect(await codec.decode('conversationsReceived', records[0]?.value ?? null)).toMatchObject({
    kind: 'ok',
    value: { conversation_id: conversationId, source: 'helpdesk', metadata: '{"channel":"chat"}' },
  })
})
