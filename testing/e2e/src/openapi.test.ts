import { createApp as createIngress } from '@insights/ingress/app'
import { createRateLimiter } from '@insights/runtime/http/limit-rate'
import { createApp as createQuery } from '@insights/query/api/app'
import { openDatabase } from '@insights/query/api/reading/open-database'
import { shareReaders } from '@insights/query/api/reading/share-readers'
import { createHealth } from '@insights/runtime/health'
import type { HttpServer } from '@insights/runtime/http/http-server'
import { createLogger } from '@insights/runtime/logger'
import { createMetrics } from '@insights/runtime/metrics'
import { expect, test } from 'vitest'

const common = (service: string) => ({
  log: createLogger({ service, level: 'silent' }),
  metrics: createMetrics({ service, version: '0' }),
  health: createHealth(),
  version: '0',
  apiKeys: [],
})
const ingress = createIngress({
  ...common('ingress'),
  maxBytes: 1_048_576,
  maxMessages: 10_000,
  queued: () => ({ records: 0, bytes: 0 }),
  limiter: createRateLimiter({ policy: 'conversations', perSecond: 1, now: () => 0 }),
  publish: async () => ({ kind: 'acknowledged' }),
  newUuid: () => '0198f2d0-0000-7000-8000-000000000001',
})
const database = openDatabase({ url: 'postgres://127.0.0.1:1/none', maxConnections: 1, statementTimeoutMs: 1 })
const query = createQuery({
  ...common('query'),
  limiter: createRateLimiter({ policy: 'reads', perSecond: 1, now: () => 0 }),
  readers: shareReaders({ cheap: database, dear: database, dearAtOnce: 1, mostWaiting: 1 }),
  exports: { databaseUrl: '', mostAtOnce: 1 },
  streams: { mostClients: 1 },
  publish: async () => ({ kind: 'acknowledged' }),
})

interface Document {
  paths: Record<string, Record<string, { operationId?: string; responses: Record<string, unknown> }>>
}

test('every operation has an id of its own, its error answers, and no pattern that only JavaScript reads', async () => {
  const ids: (string | undefined)[] = []
  for (const server of [ingress, query]) {
    const document = await describe(server)
    for (const [path, methods] of Object.entries(document.paths))
      for (const [method, { operationId, responses }] of Object.entries(methods)) {
        ids.push(operationId)
        expect(operationId, `${method} ${path}`).toMatch(/^[a-z][A-Za-z]+$/)
        expect(Object.keys(responses), `${method} ${path}`).toEqual(
          expect.arrayContaining(['401', '403', '422', '503', 'default']),
        )
      }
    // Properties by name, `\u`, and groups that look ahead or behind: Python, Go, Rust or .NET reads them otherwise.
    for (const pattern of patternsIn(document)) expect(pattern).not.toMatch(/\\[pPu]|\(\?[=!<]/)
  }
  expect(ids).toHaveLength(new Set(ids).size)
  expect(ids.length).toBeGreaterThanOrEqual(3)
})

const describe = async (server: HttpServer): Promise<Document> =>
  (await server.inject('/openapi.json')).json<Document>()

function patternsIn(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return []
  return Object.entries(node).flatMap(([key, value]) =>
    key === 'pattern' && typeof value === 'string' ? [value] : patternsIn(value),
  )
}
