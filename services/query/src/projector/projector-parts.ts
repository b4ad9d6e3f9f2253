import { randomBytes } from 'node:crypto'
import { loadSchemas } from '@insights/pipeline/load-schemas'
import { showOperations } from '@insights/runtime/http/show-operations'
import { connectKafka, kafkaOptions } from '@insights/runtime/kafka/connect-kafka'
import { createPartitionOfKey } from '@insights/runtime/kafka/partition-of-key'
import { createPublisher } from '@insights/runtime/kafka/publisher'
import type { Part } from '@insights/runtime/lifecycle'
import { registryOptions } from '@insights/runtime/config/registry-options'
import type { Service } from '@insights/runtime/start-service'
import { waitFor } from '@insights/runtime/wait-for'
import { createCodec, MOST_MESSAGES } from '@insights/schemas/codec'
import { topicName, topics } from '@insights/schemas/topics'
import type { ProjectorConfig } from '../config.ts'
import { createDatabaseCheck, type DatabaseState } from '../owner/database-ready.ts'
import { WRITER_RIGHTS, PROJECTOR_WRITES } from '../owner/grant-access.ts'
import { createRetention } from '../retention/keep-deleting.ts'
import { oldestKept } from './oldest-kept.ts'
import { createCountOnce } from './count-once.ts'
import { createProjectionSink } from './create-projection-sink.ts'
import { prepareTables } from './prepare-tables.ts'
import { createWordsFill } from './words/keep-filling.ts'
import { openPool, statementTimeoutMs } from '../database/open-pool.ts'

/** The projector, from the topics to Postgres, with its health and metrics. */
export function projectorParts(
  config: ProjectorConfig,
  { log, version, crash }: Pick<Service, 'log' | 'version' | 'crash'>,
): Part[] {
  const operations = showOperations({ name: 'projector', version, log }, { port: config.PROJECTOR_PORT, config })
  const { health, metrics } = operations
  const kafka = connectKafka({ clientId: 'projector', log, ...kafkaOptions(config) })
  const publisher = createPublisher({ kafka, log })
  const codec = createCodec({
    ...registryOptions(config),
    prefix: config.TOPIC_PREFIX,
    maxMessages: MOST_MESSAGES,
  })
  const pool = openPool({
    databaseUrl: config.DATABASE_URL,
    maxConnections: config.PROJECTOR_CONCURRENCY + 3, // for the readiness check, the retention and the words
    log,
  })
  const retentionDays = config.RETENTION_DAYS ?? null
  const sink = createProjectionSink({
    pool,
    metrics,
    facetKeys: config.FACET_KEYS,
    storeMessages: config.STORE_MESSAGES,
    retentionDays,
    kafka,
    publisher,
    codec,
    groupId: `${config.TOPIC_PREFIX}projector`,
    prefix: config.TOPIC_PREFIX,
    concurrency: config.PROJECTOR_CONCURRENCY,
    writeTimeoutMs: statementTimeoutMs,
    log,
    crash,
    now: Date.now,
    monotonic: () => performance.now(),
    random: Math.random,
    randomBytes,
  })
  const retention = createRetention({
    pool,
    metrics,
    topic: topicName('insightsProduced', config.TOPIC_PREFIX),
    shardOf: createPartitionOfKey(topics.insightsProduced.partitions),
    publish: publisher.publish,
    oldest: () => oldestKept(retentionDays, Date.now()) ?? -Infinity,
    now: Date.now,
    log,
    crash,
  })
  const words = createWordsFill({
    pool,
    textSearch: config.TEXT_SEARCH,
    shards: topics.insightsProduced.partitions,
    log,
    crash,
  })
  const databaseReady = createDatabaseCheck(async () => {
    const { rows } = await pool.query<DatabaseState>(
      `select current_setting('server_encoding') as encoding, array(select name from schema_migrations) as names,
              array(select distinct name from unnest($1::text[]) as name, unnest($2::text[]) as allowed
                     where not has_table_privilege(to_regclass(name)::oid, allowed)) as lacking,
              current_setting('transaction_read_only')::bool as read_only`,
      [PROJECTOR_WRITES, WRITER_RIGHTS],
    )
    return rows[0] ?? { encoding: '', names: [], lacking: [] }
  })
  const counts = createCountOnce({
    databaseUrl: config.DATABASE_URL,
    shards: topics.insightsProduced.partitions,
    log,
    now: () => performance.now(),
  })
  const prepare = { facetKeys: config.FACET_KEYS, count: counts.look }
  const look = async () => (await databaseReady()) ?? (await prepareTables(pool, prepare))
  const tables = waitFor({ name: 'tables', look, until: 'starting', log, random: Math.random })
  const schemas = loadSchemas({ codec, log, random: Math.random })
  health.ready('postgres', databaseReady)
  health.live('projection', sink.live)
  health.ready('kafka', () => sink.ready() ?? publisher.ready())
  health.ready('projection', () => tables.ready() ?? schemas.ready() ?? sink.waiting())

  // Stopped in reverse: the batches in hand are finished and committed, what they publish goes out, connections close.
  return [
    operations.part,
    { name: 'projector database', stop: () => pool.end() },
    { name: 'publisher', start: publisher.start, stop: publisher.stop },
    { name: 'counting', stop: counts.stop },
    tables,
    schemas,
    words,
    ...(retentionDays === null ? [] : [retention]),
    sink.part,
  ]
}
