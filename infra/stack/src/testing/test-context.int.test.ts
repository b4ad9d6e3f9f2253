import { connectKafka } from '@insights/runtime/kafka/connect-kafka'
import { createLogger } from '@insights/runtime/logger'
import { topics } from '@insights/schemas/topics'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { testContext } from './test-context.ts'

const log = createLogger({ service: 'test', level: 'silent' })
const admin = (brokers: string) =>
  connectKafka({ clientId: 'test', brokers: brokers.split(','), ssl: false, log })
    .newClient()
    .admin()

async function query(databaseUrl: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

describe('testContext', () => {
  test('two contexts at once share nothing: topics as in the table, subjects and a migrated database of its own each', async () => {
    const contexts = await Promise.all([testContext('stack-one'), testContext('stack-two')])
    const [one, two] = contexts
    try {
      expect(one.prefix).not.toBe(two.prefix)
      expect(one.env.DATABASE_URL).not.toBe(two.env.DATABASE_URL)

      const client = admin(one.env.KAFKA_BROKERS ?? '')
      await client.connect()
      for (const { prefix } of contexts) {
        const name = `${prefix}${topics.conversationsReceived.name}`
        const { topics: found } = await client.fetchTopicMetadata({ topics: [name] })
        expect(found[0]?.partitions).toHaveLength(topics.conversationsReceived.partitions)
      }
      await client.disconnect()

      const subjects = (await (await fetch(`${one.env.SCHEMA_REGISTRY_URL}/subjects`)).json()) as string[]
      expect(subjects).toEqual(
        expect.arrayContaining([`${one.prefix}conversations.received-value`, `${two.prefix}insights.produced-value`]),
      )

      await query(one.env.DATABASE_URL ?? '', 'create table mark (id int)')
      const marks = "select from pg_tables where tablename = 'mark'"
      expect(await query(one.env.DATABASE_URL ?? '', marks)).toHaveLength(1)
      expect(await query(two.env.DATABASE_URL ?? '', marks)).toHaveLength(0)
      expect(await query(two.env.DATABASE_URL ?? '', 'select from schema_migrations')).not.toHaveLength(0)
    } finally {
      await Promise.all(contexts.map((context) => context.stop()))
    }
  })

  test('a stopped context leaves neither database nor topics, even with a connection still open', async () => {
    const context = await testContext('stack-gone')
    const open = new pg.Client({ connectionString: context.env.DATABASE_URL })
    open.on('error', () => undefined)
    await open.connect()
    await context.stop()
    await open.end().catch(() => undefined)
    await expect(query(context.env.DATABASE_URL ?? '', 'select 1')).rejects.toThrow(/does not exist/)
    const client = admin(context.env.KAFKA_BROKERS ?? '')
    await client.connect()
    const left = async () => (await client.listTopics()).filter((name) => name.startsWith(context.prefix))
    await expect.poll(left).toEqual([])
    await client.disconnect()
  })
})
