import { randomBytes } from 'node:crypto'
import { loadSchemas } from '@insights/pipeline/load-schemas'
import { createSink } from '@insights/pipeline/sink/create-sink'
import { readConfig } from '@insights/runtime/config/read-config'
import { registryOptions } from '@insights/runtime/config/registry-options'
import { kafkaVariables, registryVariables } from '@insights/runtime/config/shared-variables'
import { connectKafka, kafkaOptions } from '@insights/runtime/kafka/connect-kafka'
import { createPublisher } from '@insights/runtime/kafka/publisher'
import { runProcess } from '@insights/runtime/lifecycle'
import { createLogger } from '@insights/runtime/logger'
import { createCodec } from '@insights/schemas/codec'
import pg from 'pg'
import { z } from 'zod'
import { createPlainStore } from './create-plain-store.ts'

/** The projector's way from the topic into the plain table: its consumer, decoder and transactions in one process. */
const variables = z.object({
  ...kafkaVariables,
  ...registryVariables,
  DATABASE_URL: z.string(),
  GROUP_ID: z.string(),
  PROJECTOR_CONCURRENCY: z.coerce.number().default(4),
})

const config = readConfig(variables, process.env)
const { TOPIC_PREFIX: prefix, PROJECTOR_CONCURRENCY: concurrency } = config
const log = createLogger({ service: 'project-plain', level: 'warn' })
const kafka = connectKafka({ clientId: 'project-plain', log, ...kafkaOptions(config) })
const publisher = createPublisher({ kafka, log })
const codec = createCodec({ ...registryOptions(config), prefix })
const pool = new pg.Pool({ connectionString: config.DATABASE_URL, max: concurrency })

await runProcess({
  log,
  stopDeadlineMs: 20_000,
  parts: (crash) => [
    { name: 'database', stop: () => pool.end() },
    { name: 'publisher', start: publisher.start, stop: publisher.stop },
    loadSchemas({ codec, log, random: Math.random }),
    createSink({
      name: 'projector',
      groupId: config.GROUP_ID,
      topics: ['insightsProduced'],
      prefix,
      kafka,
      codec,
      publisher,
      store: createPlainStore(pool),
      concurrency,
      writeTimeoutMs: 30_000,
      log,
      crash,
      now: Date.now,
      monotonic: () => performance.now(),
      random: Math.random,
      randomBytes,
    }).part,
  ],
})
