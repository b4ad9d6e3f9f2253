import { randomBytes } from 'node:crypto'
import { variables } from '@insights/pipeline/provision-config'
import { provision } from '@insights/pipeline/provision'
import { deleteTopics } from '@insights/runtime/kafka/admin'
import { connectKafka, kafkaOptions } from '@insights/runtime/kafka/connect-kafka'
import { createLogger } from '@insights/runtime/logger'
import { readConfig } from '@insights/runtime/config/read-config'
import { registryOptions } from '@insights/runtime/config/registry-options'
import { internalTopicName, topicName, topics, type TopicId } from '@insights/schemas/topics'
import { inject } from 'vitest'
import { cloneDatabase, dropDatabases } from './clone-database.ts'
import type { Stack } from '../start-stack.ts'

/** What the global setup tells every test file of the stack that the whole run shares. */
export interface ProvidedStack {
  env: Stack['env']
  /** The database that the files' databases are cloned from; made by the first file that needs it. */
  templateDatabase: string
}

declare module 'vitest' {
  interface ProvidedContext {
    stack: ProvidedStack
  }
}

export interface TestContext {
  /** Ready for a service's readConfig or for a process of its own: addresses, TOPIC_PREFIX, REPLICATION_FACTOR. */
  env: Record<string, string>
  /** TOPIC_PREFIX: of topics, subjects and consumer groups. */
  prefix: string
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * A corner of the run's stack for one test file: the topics of the table under a prefix of its own, their schemas, and
 * a migrated, empty database, so that files can run side by side and in any order.
 *
 * @param name says whose it is in topic and database names: letters, digits and hyphens.
 */
export async function testContext(name: string): Promise<TestContext> {
  if (!/^[a-z][a-z0-9-]{0,30}$/.test(name)) throw new Error(`not a name for topics and databases: ${name}`)
  const stack = inject('stack')
  const own = `${name}-${randomBytes(4).toString('hex')}`
  const prefix = `${own}.`
  const database = `test_${own.replaceAll('-', '_')}`
  const log = createLogger({ service: `test ${name}`, level: 'warn' })
  const config = readConfig(variables, { ...process.env, ...stack.env, TOPIC_PREFIX: prefix })
  const kafka = kafkaOptions(config)

  const [databaseUrl] = await Promise.all([
    cloneDatabase({ databaseUrl: stack.env.DATABASE_URL, template: stack.templateDatabase, name: database }),
    provision({
      kafka,
      registry: registryOptions(config),
      prefix,
      replicationFactor: config.REPLICATION_FACTOR,
      log,
    }),
  ])
  const names = [
    ...(Object.keys(topics) as TopicId[]).map((id) => topicName(id, prefix)),
    internalTopicName('analyzerSignals', prefix),
  ]
  let stopping: Promise<void> | undefined
  const clean = async () => {
    await dropDatabases(stack.env.DATABASE_URL, [database])
    // Only tidiness, and a test may have left a broker in any state.
    await deleteTopics(connectKafka({ clientId: own, ...kafka, log }), names).catch(() => undefined)
  }
  const stop = () => (stopping ??= clean())
  return {
    env: { ...stack.env, DATABASE_URL: databaseUrl, TOPIC_PREFIX: prefix },
    prefix,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
