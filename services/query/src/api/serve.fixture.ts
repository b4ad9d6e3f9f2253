import { createHealth } from '@insights/runtime/health'
import { createRateLimiter } from '@insights/runtime/http/limit-rate'
import { createLogger } from '@insights/runtime/logger'
import { createMetrics } from '@insights/runtime/metrics'
import { createApp } from './app.ts'
import type { Database } from './reading/open-database.ts'
import { createRedrivesTable } from './redrives/redrives-table.ts'
import { shareReaders } from './reading/share-readers.ts'

/** The API over a database, with everything else as a test wants it when it does not say. */
export function serveForTests(
  database: Database,
  { dear = database, ...changes }: Partial<Parameters<typeof createApp>[0]> & { dear?: Database } = {},
) {
  return createApp({
    log: createLogger({ service: 'query', level: 'silent' }),
    metrics: createMetrics({ service: 'query', version: 'test' }),
    health: createHealth(),
    version: 'test',
    apiKeys: [],
    limiter: createRateLimiter({ policy: 'reads', perSecond: 1_000_000, now: () => 0 }),
    publish: async () => ({ kind: 'away', reason: 'there is no Kafka in this test' }),
    redriver: { begin: async () => ({ kind: 'busy', running: null }), stop: async () => {} },
    redrives: createRedrivesTable(database),
    decodeOriginal: async () => ({ decoded: null, reason: 'there is no registry in this test' }),
    topicPrefix: '',
    readers: shareReaders({ cheap: database, dear, dearAtOnce: 2, mostWaiting: 5 }),
    exports: { databaseUrl: '', mostAtOnce: 2 },
    streams: { mostClients: 100 },
    ...changes,
  })
}
