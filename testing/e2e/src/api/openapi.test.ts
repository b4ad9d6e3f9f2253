import { mergeOpenApi, type OpenApiDocument } from '@insights/gateway/merge-openapi'
import { createApp as createIngress } from '@insights/ingress/app'
import { createRateLimiter } from '@insights/runtime/http/limit-rate'
import { createApp as createQuery } from '@insights/query/api/app'
import { openDatabase } from '@insights/query/api/reading/open-database'
import { createRedrivesTable } from '@insights/query/api/redrives/redrives-table'
import { shareReaders } from '@insights/query/api/reading/share-readers'
import { createHealth } from '@insights/runtime/health'
import { parseApiKeys } from '@insights/runtime/http/api-keys'
import { createLogger } from '@insights/runtime/logger'
import { createMetrics } from '@insights/runtime/metrics'
import { Validator } from '@seriousme/openapi-schema-validator'
import { beforeAll, expect, test } from 'vitest'
import { examplesOf, operationsOf, schemaFaults, type Operation } from './read-openapi.ts'

const common = (service: string) => ({
  log: createLogger({ service, level: 'silent' }),
  metrics: createMetrics({ service, version: '0' }),
  health: createHealth(),
  version: '0',
  apiKeys: parseApiKeys(`a:${'0'.repeat(64)}`),
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
  redriver: { begin: async () => ({ kind: 'busy', running: null }), stop: async () => {} },
  redrives: createRedrivesTable(database),
  decodeOriginal: async () => ({ decoded: null, reason: 'no registry' }),
  readers: shareReaders({ cheap: database, dear: database, dearAtOnce: 1, mostWaiting: 1 }),
  exports: { databaseUrl: '', mostAtOnce: 1 },
  streams: { mostClients: 1 },
  publish: async () => ({ kind: 'acknowledged' }),
  topicPrefix: '',
})

let document: OpenApiDocument
let operations: Operation[]
beforeAll(async () => {
  const parts = [ingress, query].map(async (server) => (await server.inject('/openapi.json')).json<OpenApiDocument>())
  document = mergeOpenApi({ title: 'Both', version: '0' }, await Promise.all(parts))
  operations = operationsOf(document)
})

test('the document is OpenAPI 3.1, by its JSON schema and with every reference resolved', async () => {
  const validator = new Validator()
  expect(await validator.validate(structuredClone<object>(document) as Record<string, unknown>)).toEqual({
    valid: true,
  })
  expect(validator.version).toBe('3.1')
  expect(() => validator.resolveRefs()).not.toThrow()
})

test('every operation has an id of its own, a scope, a tag that is described, and its error answers', () => {
  expect(operations.length).toBeGreaterThanOrEqual(3)
  const described = (document.tags ?? []).filter(({ description }) => description !== undefined).map(({ name }) => name)
  for (const { name, operationId, summary, description, tags, security, responses } of operations) {
    expect(operationId, name).toMatch(/^[a-z][A-Za-z]+$/)
    expect([summary, description], name).toEqual([expect.any(String), expect.any(String)])
    expect(described, name).toEqual(expect.arrayContaining(tags ?? ['none']))
    expect(['ingest', 'read', 'admin'], name).toContain(security?.[0]?.['bearer']?.[0])
    expect(Object.keys(responses), name).toEqual(expect.arrayContaining(['401', '403', '422', '429', '503', 'default']))
  }
})

test('every problem has its type and an example of its own status', () => {
  for (const { name, responses } of operations)
    for (const [status, { content = {} }] of Object.entries(responses).filter(([code]) => !/^[123]/.test(code))) {
      const { schema, example } = content['application/problem+json'] ?? {}
      expect(schema, `${name} ${status}`).toEqual({ $ref: '#/components/schemas/Problem' })
      expect(example, `${name} ${status}`).toMatchObject({ status: status === 'default' ? 500 : Number(status) })
    }
})

test('every example is what its schema says, and every answer with a body has one', () => {
  const examples = examplesOf(operations)
  for (const { where, schema, example } of examples)
    expect({ where, faults: schemaFaults(document, schema, example) }).toEqual({ where, faults: [] })
  const shown = new Set(examples.map(({ where }) => where))
  expect([...shown]).toEqual(
    expect.arrayContaining(['POST /api/v1/conversations application/json', 'GET /api/v1/insights start_time']),
  )
  const answers = operations.flatMap(({ name, responses }) =>
    Object.entries(responses).flatMap(([status, { content = {} }]) =>
      Object.keys(content).map((type) => `${name} ${status} ${type}`),
    ),
  )
  expect(answers.filter((answer) => !shown.has(answer))).toEqual([])
})

test('answers that took a token say what is left, and those that put off say until when', () => {
  for (const { name, responses } of operations) {
    const headers = (status: string) => Object.keys(responses[status]?.headers ?? {})
    expect(headers('429'), name).toEqual(['RateLimit', 'RateLimit-Policy', 'Retry-After'])
    expect(headers('503'), name).toEqual(['Retry-After'])
    expect(headers('401'), name).toEqual(['WWW-Authenticate'])
    const good = Object.keys(responses).filter((status) => /^[23]/.test(status))
    expect(good.length, name).toBeGreaterThan(0)
    for (const status of good)
      expect(headers(status), `${name} ${status}`).toEqual(expect.arrayContaining(['RateLimit', 'RateLimit-Policy']))
  }
})

test('filters of any name, repeated ones and times are written so that tools send them as they are taken', () => {
  const list = operations.find(({ operationId }) => operationId === 'listInsights')
  const parameter = (name: string) => list?.parameters?.find((one) => one.name === name)
  expect(parameter('metadata.KEY')).toMatchObject({
    style: 'form',
    explode: true,
    schema: { type: 'object', additionalProperties: false },
  })
  expect(parameter('cluster')).toMatchObject({ style: 'form', explode: true, schema: { type: 'array' } })
  expect(parameter('start_time')?.schema).toHaveProperty('anyOf.length', 4)
  expect(parameter('limit')?.schema).toEqual({ type: 'integer', minimum: 1, maximum: 1000, default: 100 })
})

test('no pattern is one that only JavaScript reads', () => {
  // Properties by name, `\u`, and groups that look ahead or behind: Python, Go, Rust or .NET reads them otherwise.
  for (const pattern of patternsIn(document)) expect(pattern).not.toMatch(/\\[pPu]|\(\?[=!<]/)
})

function patternsIn(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return []
  return Object.entries(node).flatMap(([key, value]) =>
    key === 'pattern' && typeof value === 'string' ? [value] : patternsIn(value),
  )
}
