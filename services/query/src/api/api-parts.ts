import { createHealth } from '@insights/runtime/health'
import { listenAt } from '@insights/runtime/http/listen-at'
import type { Part } from '@insights/runtime/lifecycle'
import { createMetrics } from '@insights/runtime/metrics'
import type { Service } from '@insights/runtime/start-service'
import { sql } from 'slonik'
import { z } from 'zod'
import type { ApiConfig } from '../config.ts'
import { createDatabaseCheck } from '../database-ready.ts'
import { createApp } from './app.ts'
import { openDatabase } from './open-database.ts'

const statementTimeoutMs = 10_000

/** The query API, from Postgres to HTTP. */
export function apiParts(config: ApiConfig, { log, version }: Pick<Service, 'log' | 'version'>): Part[] {
  const database = openDatabase({
    url: config.DATABASE_URL,
    maxConnections: config.QUERY_POOL_SIZE,
    statementTimeoutMs,
  })
  const health = createHealth()
  health.ready(
    'postgres',
    createDatabaseCheck(async () => {
      const pool = await database.pool()
      return pool.anyFirst(sql.type(z.object({ name: z.string() }))`select name from schema_migrations`)
    }),
  )
  const metrics = createMetrics({ service: 'query', version })
  const app = createApp({ log, metrics, health, version, apiKeys: config.API_KEYS, database })

  // Stopped in reverse: requests in flight are answered before the connections close.
  return [
    { name: 'query database', stop: database.close },
    listenAt({ host: config.HOST, port: config.QUERY_PORT }, app, 'query http'),
  ]
}
