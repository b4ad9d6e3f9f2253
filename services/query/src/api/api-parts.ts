import { randomUUID } from 'node:crypto'
import { createHealth } from '@insights/runtime/health'
import { createRateLimiter } from '@insights/runtime/http/limit-rate'
import { toAllowedHosts } from '@insights/runtime/http/guard-access'
import { listenAt } from '@insights/runtime/http/listen-at'
import type { Part } from '@insights/runtime/lifecycle'
import { createMetrics } from '@insights/runtime/metrics'
import { monotonicMs } from '@insights/runtime/monotonic'
import { pause } from '@insights/runtime/pause'
import type { Service } from '@insights/runtime/start-service'
import { sql } from 'slonik'
import { z } from 'zod'
import type { ApiConfig } from '../config.ts'
import { createDatabaseCheck } from '../owner/database-ready.ts'
import { API_READS, API_WRITES, WRITER_RIGHTS } from '../owner/grant-access.ts'
import { createApp } from './app.ts'
import { createLazyPublisher } from './publishing/lazy-publisher.ts'
import { createOriginalDecoder } from './failures/decode-original.ts'
import { openDatabase } from './reading/open-database.ts'
import { createRedriver } from './redrives/create-redriver.ts'
import { createRedrivesTable } from './redrives/redrives-table.ts'
import { shareReaders } from './reading/share-readers.ts'

const statementTimeoutMs = 10_000
/** Dear queries that may wait for each that runs: they wait a second or two where each takes a tenth. */
const WAITING_FOR_EACH = 10
/** How long the answer about a failure waits for the registry. */
const DECODE_TIMEOUT_MS = 1_000
const DatabaseState = z.object({ encoding: z.string(), names: z.array(z.string()), lacking: z.array(z.string()) })

/** How long a request waits for Kafka's acknowledgement before it is answered 503. */
const PUBLISH_TIMEOUT_MS = 5_000

/**
 * The query API, from Postgres to HTTP. It writes to Kafka as well, on request, and is ready without it: while Kafka is
 * away, reads are answered as always and writes with 503.
 */
export function apiParts(config: ApiConfig, { log, version }: Pick<Service, 'log' | 'version'>): Part[] {
  const open = (maxConnections: number) =>
    openDatabase({ url: config.DATABASE_URL, maxConnections, statementTimeoutMs })
  const dearAtOnce = Math.max(1, Math.floor(config.QUERY_POOL_SIZE / 4))
  const [cheap, dear] = [open(config.QUERY_POOL_SIZE - dearAtOnce), open(dearAtOnce)]
  // Not one of those: a redrive must be able to say that it goes on, however many read.
  const work = open(1)
  const redrives = createRedrivesTable(work)
  const health = createHealth()
  health.ready(
    'postgres',
    createDatabaseCheck(() =>
      cheap.read((reader) =>
        reader.one(
          sql.type(DatabaseState)`
            select current_setting('server_encoding') as encoding, array(select name from schema_migrations) as names,
                   array(select name from unnest(${sql.array([...API_READS], 'text')}) as name
                          where not has_table_privilege(to_regclass(name)::oid, 'select'))
                   || array(select distinct name from unnest(${sql.array([...API_WRITES], 'text')}) as name,
                                                      unnest(${sql.array([...WRITER_RIGHTS], 'text')}) as allowed
                             where not has_table_privilege(to_regclass(name)::oid, allowed)) as lacking`,
        ),
      ),
    ),
  )
  const publisher = createLazyPublisher({ config, log, timeoutMs: PUBLISH_TIMEOUT_MS })
  const redriver = createRedriver({
    table: redrives,
    publish: publisher.publish,
    config,
    log,
    clock: { now: monotonicMs, pause },
    newId: randomUUID,
  })
  const metrics = createMetrics({ service: 'query', version })
  const app = createApp({
    log,
    metrics,
    health,
    version,
    apiKeys: config.API_KEYS,
    allowedHosts: toAllowedHosts(config),
    limiter: createRateLimiter({ policy: 'reads', perSecond: config.READ_RPS, now: () => performance.now() }),
    decodeOriginal: createOriginalDecoder({
      registry: config,
      prefix: config.TOPIC_PREFIX,
      timeoutMs: DECODE_TIMEOUT_MS,
    }),
    readers: shareReaders({ cheap, dear, dearAtOnce, mostWaiting: WAITING_FOR_EACH * dearAtOnce }),
    publish: publisher.publish,
    exports: { databaseUrl: config.DATABASE_URL, mostAtOnce: config.EXPORTS_AT_ONCE },
    streams: { mostClients: config.STREAM_MAX_CLIENTS },
    redriver,
    redrives,
    topicPrefix: config.TOPIC_PREFIX,
  })

  // Stopped in reverse: requests in flight are answered before the connections close.
  return [
    { name: 'query database', stop: async () => void (await Promise.all([cheap.close(), dear.close(), work.close()])) },
    { name: 'query publisher', stop: publisher.stop },
    { name: 'redrives', stop: redriver.stop },
    listenAt({ host: config.HOST, port: config.QUERY_PORT }, app, 'query http'),
  ]
}
