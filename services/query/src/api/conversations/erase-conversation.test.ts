import { createHash } from 'node:crypto'
import type { ApiKey, Scope } from '@insights/runtime/http/api-keys'
import { createRateLimiter } from '@insights/runtime/http/limit-rate'
import type { OutgoingRecord } from '@insights/runtime/kafka/records'
import { describe, expect, test } from 'vitest'
import type { Published } from '../publishing/lazy-publisher.ts'
import { openDatabase } from '../reading/open-database.ts'
import { serveForTests } from '../serve.fixture.ts'

/** Never opened: an erasure asks Postgres nothing. */
const database = openDatabase({ url: 'postgres://127.0.0.1:1/none', maxConnections: 1, statementTimeoutMs: 1 })

function serve(published: Published, changes: Parameters<typeof serveForTests>[1] = {}) {
  const records: OutgoingRecord[] = []
  const publish = async (all: OutgoingRecord[]) => {
    records.push(...all)
    return published
  }
  const app = serveForTests(database, { publish, topicPrefix: 'x.', ...changes })
  const erase = (id: string, headers = {}) =>
    app.inject({ method: 'DELETE', url: `/api/v1/conversations/${encodeURIComponent(id)}`, headers })
  return { erase, records }
}

const key = (name: string, scopes: Scope[]): ApiKey => ({
  name,
  sha256: createHash('sha256').update(name).digest('hex'),
  scopes,
})

describe('DELETE /api/v1/conversations/{conversation_id}', () => {
  test('publishes a null value under the key, which erases up to its append, and says where the end of it shows', async () => {
    const { erase, records } = serve({ kind: 'acknowledged' })
    const id = 'order/1 % ?#é😀'
    const answer = await erase(id)
    expect(answer.statusCode).toBe(202)
    expect(answer.headers.location).toBe(`/api/v1/conversations/${encodeURIComponent(id)}`)
    expect(answer.json()).toEqual({
      status: 'accepted',
      conversation_id: id,
      message: 'Conversation queued for erasure',
    })
    const headers = [{ name: 'traceparent', value: expect.stringMatching(/^00-/) }]
    expect(records).toEqual([{ topic: 'x.insights.produced', key: id, value: null, headers }])
  })

  test('while Kafka does not acknowledge the answer is 503 with Retry-After and without the reason', async () => {
    const answer = await serve({ kind: 'away', reason: 'connect ECONNREFUSED 10.0.0.7:9092' }).erase('a')
    expect(answer.statusCode).toBe(503)
    expect(answer.headers['retry-after']).toBe('5')
    expect(answer.json()).toMatchObject({ type: 'urn:conversation-insights:problem:kafka-unavailable' })
    expect(answer.body).not.toContain('ECONNREFUSED')
  })

  test('with API_KEYS only a key with the scope admin may, and nothing else is published', async () => {
    const apiKeys = [key('reader', ['read', 'ingest']), key('operator', ['admin'])]
    const { erase, records } = serve({ kind: 'acknowledged' }, { apiKeys })
    const status = async (authorization?: string) => (await erase('a', authorization && { authorization })).statusCode
    expect(await status()).toBe(401)
    expect(await status('Bearer reader')).toBe(403)
    expect(records).toEqual([])
    expect(await status('Bearer operator')).toBe(202)
  })

  test.each([
    ['a\u0000b', 'must not contain control characters'],
    ['x'.repeat(201), 'must have at most 200 characters'],
    ['', 'must not be empty'],
  ])('an id that none can have is refused with the reason: %j', async (id, detail) => {
    const { erase, records } = serve({ kind: 'acknowledged' })
    const answer = await erase(id)
    expect(answer.statusCode).toBe(422)
    expect(answer.json()).toMatchObject({ errors: [{ pointer: '/conversation_id', detail }] })
    expect(records).toEqual([])
  })

  test('takes a token of the reads, so that no key floods the topic', async () => {
    const limiter = createRateLimiter({ policy: 'reads', perSecond: 1, now: () => 0 })
    const { erase } = serve({ kind: 'acknowledged' }, { limiter })
    expect((await erase('a')).statusCode).toBe(202)
    expect((await erase('b')).statusCode).toBe(429)
  })
})
