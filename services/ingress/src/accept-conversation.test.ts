import { createHash } from 'node:crypto'
import { connect } from 'node:net'
import { parseApiKeys, type ApiKey } from '@insights/runtime/http/api-keys'
import { createHealth } from '@insights/runtime/health'
import { lastHeader, type OutgoingRecord } from '@insights/runtime/kafka/records'
import type { PublishResult } from '@insights/runtime/kafka/publisher'
import { createLogger } from '@insights/runtime/logger'
import { createMetrics } from '@insights/runtime/metrics'
import { traceIdOf } from '@insights/runtime/trace-context'
import { ConversationReceived } from '@insights/schemas/events/conversation-received'
import { describe, expect, test, vi } from 'vitest'
import { createApp } from './app.ts'
import { createRateLimiter } from '@insights/runtime/http/limit-rate'
import { createPublishConversation } from './publish-conversation.ts'

const URL = '/api/v1/conversations'
const UUID = '0198f2d0-0000-7000-8000-000000000001'
const GOOD = { messages: [{ text: 'Where is my order?' }] }

/** The app with plain functions for the broker, the registry and the clock; what was published lies in `records`. */
function createTestApp(
  o: {
    result?: () => Promise<PublishResult>
    notReady?: () => string | null
    apiKeys?: ApiKey[]
    perSecond?: number
    maxBytes?: number
    maxMessages?: number
  } = {},
) {
  const records: OutgoingRecord[] = []
  const clock = { now: 0 }
  const app = createApp({
    log: createLogger({ service: 'ingress', level: 'silent' }),
    metrics: createMetrics({ service: 'ingress', version: '0' }),
    health: createHealth(),
    version: '0',
    maxBytes: o.maxBytes ?? 1_048_576,
    maxMessages: o.maxMessages ?? 10_000,
    queued: () => ({ records: 3, bytes: 4 }),
    apiKeys: o.apiKeys ?? [],
    limiter: createRateLimiter({ policy: 'conversations', perSecond: o.perSecond ?? 100, now: () => clock.now }),
    newUuid: () => UUID,
    publish: createPublishConversation({
      codec: { encode: (_topic, event) => Buffer.from(JSON.stringify(ConversationReceived.parse(event))) },
      publish: async (published) => {
        records.push(...published)
        return o.result ? o.result() : { ok: true }
      },
      notReady: o.notReady ?? (() => null),
      topicPrefix: 't.',
      timeoutMs: 10_000,
      randomBytes: (n) => Buffer.alloc(n, 7),
    }),
  })
  const post = (payload: unknown, headers: Record<string, string> = {}) =>
    app.inject({
      method: 'POST',
      url: URL,
      headers: { 'content-type': 'application/json', ...headers },
      payload: typeof payload === 'string' || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload),
    })
  const events = () => records.map((record) => JSON.parse(String(record.value)) as ConversationReceived)
  const counted = async (line: string) => {
    const { body } = await app.inject('/metrics')
    return body.split('\n').find((l) => l.startsWith(line))
  }
  return { app, post, records, events, clock, counted }
}

const invalid = (pointers: string[]) => ({
  status: 422,
  errors: pointers.map(
    (pointer) => expect.objectContaining({ pointer, detail: expect.any(String) as string }) as object,
  ),
})

describe('accepted', () => {
  test('202 as the prototype said it, with the place where its insight will be', async () => {
    const { post, records, events, counted } = createTestApp()
    const answer = await post({
      conversation_id: 'order 7/é',
      messages: [
        { author_id: 'u1', text: 'Hi', timestamp: '2026-01-02T03:04:05Z', inbound: true, other: 1 },
        { text: 'x' },
      ],
      metadata: { plan: 'pro', deep: { a: [1, null] } },
      unknown: true,
    })
    expect(answer.statusCode).toBe(202)
    expect(answer.json()).toEqual({
      status: 'accepted',
      conversation_id: 'order 7/é',
      message: 'Conversation queued for analysis',
    })
    expect(answer.headers.location).toBe('/api/v1/conversations/order%207%2F%C3%A9')
    expect(events()).toEqual([
      {
        conversation_id: 'order 7/é',
        messages: [
          { author_id: 'u1', text: 'Hi', timestamp: Date.UTC(2026, 0, 2, 3, 4, 5), inbound: true },
          { author_id: null, text: 'x', timestamp: null, inbound: null },
        ],
        metadata: '{"plan":"pro","deep":{"a":[1,null]}}',
        source: 'http',
        submission_id: UUID,
      },
    ])
    expect(records[0]).toMatchObject({ topic: 't.conversations.received', key: 'order 7/é' })
    expect(await counted('insights_conversations_accepted_total{source="http"}')).toMatch(/ 1$/)
  })

  test.each([[undefined], [null], ['']])(
    'conversation_id %j counts as absent, and one is made',
    async (conversation_id) => {
      const { post, events } = createTestApp()
      const answer = await post({ ...GOOD, conversation_id })
      expect(answer.json()).toMatchObject({ conversation_id: `conv_${UUID.replaceAll('-', '')}` })
      expect(events()[0]).toMatchObject({ conversation_id: `conv_${UUID.replaceAll('-', '')}`, metadata: '{}' })
    },
  )

  test('metadata is kept as it came, whatever its members are called', async () => {
    const { post, events } = createTestApp()
    const metadata = '{"__proto__":{"a":1},"constructor":{"prototype":{}},"n":[{"__proto__":null}],"toString":"x"}'
    expect((await post(`{"messages":[{"text":"a"}],"metadata":${metadata},"__proto__":7}`)).statusCode).toBe(202)
    expect(events()[0]?.metadata).toBe(metadata)
  })

  test('the record continues the trace of the request and says what it holds', async () => {
    const { post, records } = createTestApp()
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    await post(GOOD, { traceparent })
    const headers = records[0]?.headers ?? []
    expect(traceIdOf(String(lastHeader(headers, 'traceparent')))).toBe('4bf92f3577b34da6a3ce929d0e0e4736')
    expect(lastHeader(headers, 'traceparent')).not.toBe(traceparent)
    expect(lastHeader(headers, 'content-type')).toBe('application/vnd.confluent.avro')
  })

  test('(I1) not before the broker has acknowledged', async () => {
    const { promise, resolve } = Promise.withResolvers<PublishResult>()
    const { post, records } = createTestApp({ result: () => promise })
    let answered = false
    const answer = post(GOOD).then((response) => {
      answered = true
      return response
    })
    await expect.poll(() => records).toHaveLength(1)
    expect(answered).toBe(false)
    resolve({ ok: true })
    expect((await answer).statusCode).toBe(202)
  })
})

describe('Idempotency-Key', () => {
  const KEY = { 'idempotency-key': '"retry-1"' }

  test('(I1) a retry is the same submission of the same conversation, another body a newer one of it', async () => {
    const { post, events } = createTestApp()
    await post(GOOD, KEY)
    await post(GOOD, { 'idempotency-key': 'retry-1' })
    await post({ messages: [{ text: 'other' }] }, KEY)
    const [first, second, third] = events()
    expect(first?.conversation_id).toMatch(/^conv_[0-9a-f]{32}$/)
    expect(second).toEqual(first)
    expect(third?.conversation_id).toBe(first?.conversation_id)
    expect(third?.submission_id).not.toBe(first?.submission_id)
  })

  test('an id in the body comes first', async () => {
    const { post, events } = createTestApp()
    await post({ ...GOOD, conversation_id: 'mine' }, KEY)
    expect(events()[0]?.conversation_id).toBe('mine')
  })

  test("one key's owner cannot reach another's conversation by the same Idempotency-Key", async () => {
    const { post, events } = createTestApp({ apiKeys: parseApiKeys(`a:${sha256('ka')},b:${sha256('kb')}`) })
    for (const key of ['ka', 'kb']) await post(GOOD, { ...KEY, authorization: `Bearer ${key}` })
    const [a, b] = events()
    expect(a?.conversation_id).not.toBe(b?.conversation_id)
  })

  test.each([
    ['empty', '""'],
    ['half quoted', '"a'],
    ['a list', '"a", "b"'],
    ['too long', 'a'.repeat(256)],
  ])('is refused when %s, and nothing is published', async (_what, key) => {
    const { post, records } = createTestApp()
    const answer = await post(GOOD, { 'idempotency-key': key })
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toMatchObject({ type: 'urn:conversation-insights:problem:idempotency-key-malformed' })
    expect(records).toEqual([])
  })
})

describe('refused', () => {
  test('422 with a pointer to each fault, all at once', async () => {
    const { post, records, counted } = createTestApp()
    const answer = await post({
      conversation_id: 'a'.repeat(201),
      messages: [{ text: '' }, { text: 1, timestamp: 'yesterday', inbound: 'yes', author_id: 2 }, {}, 'x'],
      metadata: null,
    })
    expect(answer.statusCode).toBe(422)
    expect(answer.headers['content-type']).toMatch('application/problem+json')
    expect(answer.json()).toMatchObject(
      invalid([
        '/conversation_id',
        '/messages/0/text',
        '/messages/1/author_id',
        '/messages/1/text',
        '/messages/1/timestamp',
        '/messages/1/inbound',
        '/messages/2/text',
        '/messages/3',
        '/metadata',
      ]),
    )
    expect(records).toEqual([])
    expect(await counted('insights_conversations_rejected_total{reason="invalid"}')).toMatch(/ 1$/)
  })

  test.each([
    ['no messages', {}, '/messages'],
    ['messages null', { messages: null }, '/messages'],
    ['messages empty', { messages: [] }, '/messages'],
    ['id not a string', { ...GOOD, conversation_id: 7 }, '/conversation_id'],
    ['id with a control character', { ...GOOD, conversation_id: 'a\u0000b' }, '/conversation_id'],
    ['id with a C1 control character', { ...GOOD, conversation_id: 'a\u0085b' }, '/conversation_id'],
    ['id with half a surrogate pair', { ...GOOD, conversation_id: 'a\ud800b' }, '/conversation_id'],
    ['an id that no address can name', { ...GOOD, conversation_id: '.' }, '/conversation_id'],
    ['another that none can', { ...GOOD, conversation_id: '..' }, '/conversation_id'],
    ['metadata a list', { ...GOOD, metadata: [] }, '/metadata'],
    ['metadata a text', { ...GOOD, metadata: '{}' }, '/metadata'],
    ['timestamp in milliseconds', { messages: [{ text: 'a', timestamp: 1767323045000 }] }, '/messages/0/timestamp'],
    ['timestamp a boolean', { messages: [{ text: 'a', timestamp: true }] }, '/messages/0/timestamp'],
  ])('422 for %s', async (_what, body, pointer) => {
    const { post } = createTestApp()
    const answer = await post(body)
    expect(answer.json()).toMatchObject(invalid([pointer]))
  })

  test.each([['[]'], ['"text"'], ['7']])('422 when the body is JSON but no object: %s', async (body) => {
    const { post } = createTestApp()
    expect((await post(body)).json()).toMatchObject(invalid(['']))
  })

  test.each([['{'], [''], ['not json'], ['{"messages":[{"text":"a"}],}']])(
    '400 when it is not JSON: %j',
    async (body) => {
      const { post } = createTestApp()
      const answer = await post(body)
      expect(answer.statusCode).toBe(400)
      expect(answer.headers['content-type']).toMatch('application/problem+json')
    },
  )

  test('413 above INGRESS_MAX_BYTES, 202 at it', async () => {
    const body = JSON.stringify({ messages: [{ text: 'é'.repeat(100) }] })
    const bytes = Buffer.byteLength(body)
    expect((await createTestApp({ maxBytes: bytes }).post(body)).statusCode).toBe(202)
    const { post, counted } = createTestApp({ maxBytes: bytes - 1 })
    expect((await post(body)).statusCode).toBe(413)
    expect(await counted('insights_conversations_rejected_total{reason="too_large"}')).toMatch(/ 1$/)
  })

  test('413 when the event outgrows its topic, although the body was small enough', async () => {
    const { post, records } = createTestApp()
    // Each 1e20 is printed as 21 digits.
    const answer = await post(`{"messages":[{"text":"a"}],"metadata":{"n":[${'1e20,'.repeat(150_000)}1]}}`)
    expect(answer.statusCode).toBe(413)
    expect(records).toEqual([])
  })

  test('(I8) 422 above MAX_MESSAGES, without a word about the messages themselves; 202 at it', async () => {
    const { post } = createTestApp({ maxMessages: 3 })
    const answer = await post({ messages: [0, 0, 0, 0] })
    expect(answer.json()).toMatchObject(invalid(['/messages']))
    expect(answer.json()).toMatchObject({ errors: [{ detail: 'must have 1 to 3 items' }] })
    expect((await post({ messages: Array.from({ length: 3 }, () => ({ text: 'a' })) })).statusCode).toBe(202)
  })

  test('422, not a crash, for metadata that is only brackets', async () => {
    const { post } = createTestApp()
    const answer = await post(
      `{"messages":[{"text":"a"}],"metadata":{"n":${'['.repeat(200_000)}${']'.repeat(200_000)}}}`,
    )
    expect(answer.json()).toMatchObject(invalid(['/metadata']))
  })

  test('415 for another content type', async () => {
    const { post } = createTestApp()
    expect((await post('messages=a', { 'content-type': 'application/x-www-form-urlencoded' })).statusCode).toBe(415)
  })

  test('401 without a key or with an unknown one, 403 without the scope, before the body is looked at', async () => {
    const { post, records } = createTestApp({
      apiKeys: parseApiKeys(`a:${sha256('ka')}:ingest,r:${sha256('kr')}:read`),
    })
    expect((await post('{')).statusCode).toBe(401)
    expect((await post('{', { authorization: 'Bearer nope' })).statusCode).toBe(401)
    expect((await post('{', { authorization: 'Bearer kr' })).statusCode).toBe(403)
    expect((await post(GOOD, { authorization: 'Bearer ka' })).statusCode).toBe(202)
    expect(records).toHaveLength(1)
  })
})

describe('rate', () => {
  test('429 with a whole number of seconds beyond INBOUND_RPS; the tokens come back with time', async () => {
    const { post, clock, records, counted } = createTestApp({ perSecond: 2 })
    const first = await post(GOOD)
    expect(first.headers).toMatchObject({
      'ratelimit-policy': '"conversations";q=2;w=1',
      ratelimit: '"conversations";r=1;t=1',
    })
    await post(GOOD)
    const third = await post(GOOD)
    expect(third.statusCode).toBe(429)
    expect(third.headers).toMatchObject({
      'retry-after': '1',
      'ratelimit-policy': '"conversations";q=2;w=1',
      ratelimit: '"conversations";r=0;t=1',
    })
    expect(third.json()).toMatchObject({ type: 'urn:conversation-insights:problem:rate-limited', status: 429 })
    expect(records).toHaveLength(2)
    expect(await counted('insights_conversations_rejected_total{reason="limited"}')).toMatch(/ 1$/)
    clock.now += 500
    expect((await post(GOOD)).statusCode).toBe(202)
    expect((await post(GOOD)).statusCode).toBe(429)
  })

  test.each([
    ['not JSON', '{', {}, 400],
    ['no conversation', { messages: [] }, {}, 422],
    ['no JSON document', 'messages=a', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['too large', { messages: [{ text: 'x'.repeat(200) }] }, {}, 413],
    ['under a malformed key', GOOD, { 'idempotency-key': '""' }, 400],
  ])('(I8) a body that is %s takes a token like any other', async (_what, body, headers, status) => {
    const { post } = createTestApp({ perSecond: 2, maxBytes: 200 })
    const first = await post(body, headers)
    expect({ status: first.statusCode, ratelimit: first.headers['ratelimit'] }).toEqual({
      status,
      ratelimit: '"conversations";r=1;t=1',
    })
    expect((await post(body, headers)).statusCode).toBe(status)
    expect((await post(GOOD)).statusCode).toBe(429)
  })

  test('a request without a valid key takes no token', async () => {
    const { post } = createTestApp({ perSecond: 1, apiKeys: parseApiKeys(`a:${sha256('ka')}`) })
    for (const key of ['nope', 'ka ka']) await post(GOOD, { authorization: `Bearer ${key}` })
    expect((await post(GOOD, { authorization: 'Bearer ka' })).statusCode).toBe(202)
  })

  test('(I8) 429 comes before the body does, and the connection serves on once the body is through', async () => {
    const { app, clock } = createTestApp({ perSecond: 1 })
    const { port } = new global.URL(await app.listen({ host: '127.0.0.1', port: 0 }))
    const socket = connect(Number(port), '127.0.0.1').setEncoding('utf8')
    const body = JSON.stringify(GOOD)
    const head = `POST ${URL} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`
    let answers = ''
    socket.on('data', (chunk) => (answers += chunk))
    const answered = (pattern: RegExp) => vi.waitUntil(() => pattern.test(answers), { timeout: 5_000 })
    socket.write(head + body)
    await answered(/^HTTP\/1.1 202 /)
    socket.write(head)
    await answered(/HTTP\/1.1 429 [^]*retry-after: 1\r\n/)
    clock.now += 1_000
    socket.write(body + head + body)
    await answered(/429 [^]* 202 /)
    expect([...answers.matchAll(/HTTP\/1.1 (\d+)/g)].map(([, status]) => status)).toEqual(['202', '429', '202'])
    socket.destroy()
    await app.close()
  })

  test('each API key has its own bucket, and its own rate if it says so', async () => {
    const apiKeys = parseApiKeys(`a:${sha256('ka')}::3,b:${sha256('kb')}`)
    const { post } = createTestApp({ perSecond: 1, apiKeys })
    const statuses = async (key: string) => {
      const found: number[] = []
      for (let i = 0; i < 4; i++) found.push((await post(GOOD, { authorization: `Bearer ${key}` })).statusCode)
      return found
    }
    expect(await statuses('ka')).toEqual([202, 202, 202, 429])
    expect(await statuses('kb')).toEqual([202, 429, 429, 429])
  })
})

describe('Kafka is not there', () => {
  test.each([
    ['queue_full', '1'],
    ['timeout', '5'],
    ['stopped', '1'],
  ] as const)(
    '(I1) 503 for %s, with the id under which a retry makes no second insight',
    async (reason, retryAfter) => {
      let result: PublishResult = { ok: false, reason, detail: 'refused by 10.0.0.7' }
      const { post, counted } = createTestApp({ result: async () => result })
      const answer = await post(GOOD)
      expect(answer.statusCode).toBe(503)
      expect(answer.headers['retry-after']).toBe(retryAfter)
      expect(answer.json()).toMatchObject({
        type: 'urn:conversation-insights:problem:not-accepted',
        reason,
        conversation_id: `conv_${UUID.replaceAll('-', '')}`,
      })
      expect(await counted('insights_conversations_rejected_total{reason="unavailable"}')).toMatch(/ 1$/)
      result = { ok: true }
      expect((await post(GOOD)).statusCode).toBe(202)
    },
  )

  test('503 until the schemas are loaded, without giving Kafka anything', async () => {
    let reason: string | null = 'the registry is away'
    const { post, records } = createTestApp({ notReady: () => reason })
    const answer = await post(GOOD)
    expect(answer.statusCode).toBe(503)
    expect(answer.headers['retry-after']).toBe('2')
    expect(records).toEqual([])
    reason = null
    expect((await post(GOOD)).statusCode).toBe(202)
  })

  test('500 without internals for an unexpected error', async () => {
    const { post } = createTestApp({ result: () => Promise.reject(new Error('secret at 10.0.0.7')) })
    const answer = await post(GOOD)
    expect(answer.statusCode).toBe(500)
    expect(answer.headers['content-type']).toMatch('application/problem+json')
    expect(answer.body).not.toContain('secret')
  })
})

test('/openapi.json describes the route from the schema that checks it', async () => {
  const { app } = createTestApp()
  const document = (await app.inject('/openapi.json')).json<{
    paths: Record<string, { post: Record<string, unknown> }>
  }>()
  const { post } = document.paths[URL] ?? {}
  expect(post).toMatchObject({
    operationId: 'acceptConversation',
    parameters: [{ in: 'header', name: 'idempotency-key', required: false }],
    requestBody: { content: { 'application/json': { schema: { required: ['messages'] } } } },
  })
  expect(Object.keys(post?.['responses'] as object)).toEqual(
    expect.arrayContaining(['202', '400', '401', '403', '408', '413', '415', '422', '429', '503']),
  )
})

test('the queue to Kafka is measured', async () => {
  const { counted } = createTestApp()
  expect(await counted('insights_produce_queue_records')).toMatch(/ 3$/)
  expect(await counted('insights_produce_queue_bytes')).toMatch(/ 4$/)
})

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
