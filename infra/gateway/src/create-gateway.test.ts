import { once } from 'node:events'
import http from 'node:http'
import { createConnection, type AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { ConnectionLimits } from '@insights/runtime/http/bound-connections'
import { createHealth } from '@insights/runtime/health'
import { parseApiKeys, requireScope } from '@insights/runtime/http/api-keys'
import { createHttpServer } from '@insights/runtime/http/http-server'
import { createMetrics } from '@insights/runtime/metrics'
import { createLogger } from '@insights/runtime/logger'
import { fastify, type FastifyInstance } from 'fastify'
import { afterEach, expect, test } from 'vitest'
import { createGateway } from './create-gateway.ts'

const open: FastifyInstance[] = []
afterEach(async () => {
  for (const server of open.splice(0).toReversed()) await server.close()
})

async function listen(server: FastifyInstance): Promise<string> {
  open.push(server)
  return server.listen({ host: '127.0.0.1', port: 0 })
}

/** A service that answers what it was asked, so that a test sees what came through. */
function createEcho(name: string): FastifyInstance {
  const server = fastify({ forceCloseConnections: true, bodyLimit: 100 * 1024 * 1024 })
  server.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
  server.removeContentTypeParser('application/json')
  server.get('/healthz', async () => ({ status: 'ok' }))
  server.route({
    method: server.supportedMethods,
    url: '/api/v1/*',
    handler: async (request) => ({
      name,
      method: request.method,
      url: request.url,
      headers: request.headers,
      body: request.body ? await text(request.raw) : null,
    }),
  })
  return server
}

async function startGateway(
  upstreams: { ingress?: string; query?: string } = {},
  limits: Partial<ConnectionLimits> = {},
): Promise<string> {
  const ingress = upstreams.ingress ?? (await listen(createEcho('ingress')))
  const query = upstreams.query ?? (await listen(createEcho('query')))
  return listen(
    createGateway({
      log: createLogger({ service: 'gateway', level: 'silent' }),
      upstreams: { ingress, query },
      limits,
    }),
  )
}

function recordLog() {
  const lines: string[] = []
  const log = createLogger({
    service: 'test',
    level: 'warn',
    destination: { write: (line) => void lines.push(line) },
  })
  return { lines, log }
}

async function refusedAddress(): Promise<string> {
  const server = http.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return `http://127.0.0.1:${port}`
}

test.each([
  ['POST', '/api/v1/conversations', 'ingress'],
  ['POST', '/api/v1/conversations?x=1', 'ingress'],
  ['POST', '/api/v1/conversations/bulk', 'ingress'],
  ['GET', '/api/v1/conversations/conv_1', 'query'],
  ['GET', '/api/v1/conversations/bulk', 'query'],
  ['GET', '/api/v1/conversations', 'ingress'],
  ['DELETE', '/api/v1/conversations/a%2Fb%20%C3%A9', 'query'],
  ['GET', '/api/v1/conversations/a%2F..%2F..%2Fb%2F%2E%2E', 'query'],
  ['GET', '/api/v1/conversations/..%2F%25%32%35%5C..%5C%252e?x=%25252e', 'query'],
  ['GET', '/api/v1/conversations/%3F%23%25%20%00', 'query'],
  ['GET', '/api/v1/conversations/...?a=1?b=%27', 'query'],
  ['GET', '/api/v1/insights?start_time=2026-01-01T00%3A00%3A00%2B02%3A00&cluster=a&cluster=b', 'query'],
  ['POST', '/api/v1/unknown', 'query'],
])('%s %s goes to %s, path and query as they came', async (method, url, name) => {
  const gateway = await startGateway()
  const answer = await fetch(`${gateway}${url}`, { method })
  expect(await answer.json()).toMatchObject({ name, method, url })
})

test('what identifies the caller, the retry, the trace and the place in a stream comes through; the hops are told', async () => {
  const gateway = await startGateway()
  const answer = await fetch(`${gateway}/api/v1/conversations`, {
    method: 'POST',
    body: '{"not even',
    headers: {
      authorization: 'Bearer k',
      'content-type': 'application/json',
      'idempotency-key': '"a"',
      'last-event-id': '7',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      'x-forwarded-for': '203.0.113.9',
    },
  })
  expect(await answer.json()).toMatchObject({
    body: '{"not even',
    headers: {
      authorization: 'Bearer k',
      'content-type': 'application/json',
      'idempotency-key': '"a"',
      'last-event-id': '7',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      'x-forwarded-for': '203.0.113.9, 127.0.0.1',
      'x-forwarded-host': gateway.replace('http://', ''),
      'x-forwarded-proto': 'http',
    },
  })
})

test('a status, its headers and its body come back as the service gave them, a 503 too', async () => {
  const query = createEcho('query')
  let asked = 0
  query.get('/api/v1/insights', (_request, reply) => {
    asked++
    return reply
      .code(503)
      .headers({
        'retry-after': '7',
        'content-type': 'application/problem+json; charset=utf-8',
        ratelimit: '"q";r=0;t=1',
      })
      .send('{"status":503}')
  })
  const gateway = await startGateway({ query: await listen(query) })
  const answer = await fetch(`${gateway}/api/v1/insights`)
  expect(answer.status).toBe(503)
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'retry-after': '7',
    'content-type': 'application/problem+json; charset=utf-8',
    ratelimit: '"q";r=0;t=1',
  })
  expect(await answer.text()).toBe('{"status":503}')
  expect(asked).toBe(1)
})

test('headers that end at this hop do not break the request: Expect, Keep-Alive, TE', async () => {
  const gateway = await startGateway()
  const request = http.request(`${gateway}/api/v1/conversations`, {
    method: 'POST',
    headers: { expect: '100-continue', 'keep-alive': 'timeout=5', te: 'trailers', 'content-type': 'text/x' },
  })
  await once(request, 'continue')
  request.end('hello')
  const [response] = (await once(request, 'response')) as [http.IncomingMessage]
  expect(JSON.parse(await text(response))).toMatchObject({ name: 'ingress', body: 'hello' })
})

test('a body much larger than any limit of our own passes, chunked or not', async () => {
  const gateway = await startGateway()
  const body = 'x'.repeat(8 * 1024 * 1024)
  const sized = await fetch(`${gateway}/api/v1/conversations/bulk`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'a/b' },
  })
  expect(((await sized.json()) as { body: string }).body).toHaveLength(body.length)
  const request = http.request(`${gateway}/api/v1/conversations/bulk`, {
    method: 'POST',
    headers: { 'content-type': 'a/b' },
  })
  request.end(body)
  const [chunked] = (await once(request, 'response')) as [http.IncomingMessage]
  expect((JSON.parse(await text(chunked)) as { body: string }).body).toHaveLength(body.length)
})

test('a refusal reaches a client that is still sending', async () => {
  const ingress = createEcho('ingress')
  ingress.addHook('onRequest', async (_request, reply) => reply.code(401).send({ status: 401 }))
  const gateway = await startGateway({ ingress: await listen(ingress) })
  const answer = await fetch(`${gateway}/api/v1/conversations`, {
    method: 'POST',
    body: 'x'.repeat(5 * 1024 * 1024),
    headers: { 'content-type': 'text/x' },
  })
  expect(answer.status).toBe(401)
})

test.each([
  ['a body above the limit', 413, {}],
  ['one of unknown length', 413, { chunked: true }],
  ['an unknown address', 404, { path: '/api/v1/nothing', type: 'text/x' }],
  ['a wrong method', 405, { method: 'PUT', type: 'text/x' }],
  ['a content type that is not taken', 415, { type: 'text/x' }],
  ['a key that is missing', 401, { path: '/api/v1/conversations/closed' }],
] as const)(
  'a service answers %s early, and the answer arrives however much is still being sent',
  async (_, status, how) => {
    const {
      chunked = false,
      path = '/api/v1/conversations',
      method = 'POST',
      type = 'application/json',
    } = how as {
      chunked?: boolean
      path?: string
      method?: string
      type?: string
    }
    const { lines, log } = recordLog()
    const service = createHttpServer({
      service: 'ingress',
      log,
      metrics: createMetrics({ service: 'ingress', version: '1' }),
      health: createHealth(),
      bodyLimitBytes: 1_000,
    })
    service.post('/api/v1/conversations', async () => null)
    const keys = parseApiKeys(`a:${'0'.repeat(64)}`)
    service.post('/api/v1/conversations/closed', { onRequest: requireScope(keys, 'ingest') }, async () => null)
    const origin = await listen(service as unknown as FastifyInstance)
    const gateway = await listen(createGateway({ log, upstreams: { ingress: origin, query: origin } }))
    const body = Buffer.alloc(20_000_000, 'x')
    for (const at of [origin, gateway]) {
      const answer = await fetch(at + path, {
        method,
        headers: { 'content-type': type },
        body: chunked ? new Blob([body]).stream() : body,
        duplex: 'half',
      } as RequestInit)
      expect(await answer.json()).toMatchObject({ status })
      expect(answer.status).toBe(status)
    }
    expect(lines).toEqual([])
  },
)

test('NDJSON flows both ways at once: an answer line comes before the next line is sent', async () => {
  const ingress = createEcho('ingress')
  ingress.post('/api/v1/conversations/bulk', (request, reply) => {
    reply.hijack()
    reply.raw.writeHead(200, { 'content-type': 'application/x-ndjson' })
    request.raw.pipe(reply.raw)
  })
  const gateway = await startGateway({ ingress: await listen(ingress) })
  const request = http.request(`${gateway}/api/v1/conversations/bulk`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
  })
  request.write('line 1\n')
  const [response] = (await once(request, 'response')) as [http.IncomingMessage]
  response.setEncoding('utf8')
  expect(await once(response, 'data')).toEqual(['line 1\n'])
  request.write('line 2\n')
  expect(await once(response, 'data')).toEqual(['line 2\n'])
  request.end()
  await once(response.resume(), 'end')
})

/** An event stream whose sender the test holds in its hands. */
function createEventStream() {
  const server = createEcho('query')
  const streams: http.ServerResponse[] = []
  server.get('/api/v1/insights/stream', (_request, reply) => {
    reply.hijack()
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream' })
    reply.raw.flushHeaders()
    streams.push(reply.raw)
  })
  return { server, streams }
}

async function listenToEvents(gateway: string): Promise<http.IncomingMessage> {
  const request = http.get(`${gateway}/api/v1/insights/stream`, { agent: false })
  const [response] = (await once(request, 'response')) as [http.IncomingMessage]
  return response.setEncoding('utf8')
}

test('an event stream opens before its first event, and each event comes when it is sent', async () => {
  const { server, streams } = createEventStream()
  const gateway = await startGateway({ query: await listen(server) })
  const response = await listenToEvents(gateway)
  expect(response.headers['content-type']).toBe('text/event-stream')
  for (const event of ['id: 1\ndata: a\n\n', 'id: 2\ndata: b\n\n']) {
    streams[0]?.write(event)
    expect(await once(response, 'data')).toEqual([event])
  }
  response.destroy()
})

test('a listener that leaves frees its connection to the service', async () => {
  const { server, streams } = createEventStream()
  const gateway = await startGateway({ query: await listen(server) })
  const response = await listenToEvents(gateway)
  response.destroy()
  await expect.poll(() => streams.map((stream) => stream.destroyed)).toEqual([true])
})

test('more listeners than any pool has connections do not keep others out', async () => {
  const { server, streams } = createEventStream()
  const gateway = await startGateway({ query: await listen(server) })
  const responses = await Promise.all(Array.from({ length: 150 }, () => listenToEvents(gateway)))
  expect(streams).toHaveLength(150)
  expect((await fetch(`${gateway}/api/v1/insights`)).status).toBe(200)
  for (const response of responses) response.destroy()
})

test('stopping ends event streams cleanly instead of waiting for them', async () => {
  const { server } = createEventStream()
  const gateway = await startGateway({ query: await listen(server) })
  const response = await listenToEvents(gateway)
  const ended = once(response.resume(), 'end')
  await open.pop()?.close()
  await ended
  expect(response.complete).toBe(true)
})

/** A client that has sent half of a body; `heard` is all that it was told until the connection was closed. */
async function sendHalf(gateway: string) {
  const { hostname, port } = new URL(gateway)
  const socket = createConnection(Number(port), hostname)
  socket.write('POST /api/v1/conversations HTTP/1.1\r\nHost: x\r\nContent-Type: a/b\r\nContent-Length: 20\r\n\r\nhalf')
  return { socket, heard: text(socket) }
}

/** An ingress that tells of each request that reached it. */
function createCountingEcho() {
  const server = createEcho('ingress')
  const came: string[] = []
  server.addHook('onRequest', async ({ url }) => void came.push(url))
  return { server, came }
}

test('stopping cuts a body that does not come to its end, and tells its client to send it again', async () => {
  const { server, came } = createCountingEcho()
  const { heard } = await sendHalf(await startGateway({ ingress: await listen(server) }))
  await expect.poll(() => came).toHaveLength(1)
  const begun = performance.now()
  await open.pop()?.close()
  expect(performance.now() - begun).toBeLessThan(3_000)
  expect(await heard).toMatch(/^HTTP\/1\.1 503 [^]*Retry-After: 1\r\n/)
})

test('stopping answers a request that has come whole', async () => {
  const ingress = createEcho('ingress')
  const [entered, leave] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  ingress.post('/api/v1/conversations', async () => {
    entered.resolve()
    await leave.promise
    return { status: 'accepted' }
  })
  const gateway = await startGateway({ ingress: await listen(ingress) })
  const answer = fetch(`${gateway}/api/v1/conversations`, { method: 'POST' })
  await entered.promise
  const closed = open.pop()?.close()
  leave.resolve()
  expect((await answer).status).toBe(200)
  await closed
})

test('(I8) a body that stops coming is answered 408, and its connection to the service is freed', async () => {
  const { server, came } = createCountingEcho()
  const gateway = await startGateway({ ingress: await listen(server) }, { idleMs: 300 })
  const { heard } = await sendHalf(gateway)
  await expect.poll(() => came).toHaveLength(1)
  expect(await heard).toMatch(/^HTTP\/1\.1 408 /)
  const connections = () => new Promise((resolve) => server.server.getConnections((_error, count) => resolve(count)))
  await expect.poll(connections).toBe(0)
})

test("a service's own time-out for bodies reaches the client", async () => {
  const ingress = fastify({ requestTimeout: 200, http: { headersTimeout: 200, connectionsCheckingInterval: 50 } })
  ingress.addContentTypeParser('*', { parseAs: 'buffer' }, async () => null)
  ingress.post('/api/v1/conversations', async () => 'whole')
  const { heard } = await sendHalf(await startGateway({ ingress: await listen(ingress) }, { lingerMs: 300 }))
  expect(await heard).toMatch(/^HTTP\/1\.1 408 /)
})

test('stopping does not wait for a client that does not take its answer', async () => {
  const query = createEcho('query')
  query.get('/api/v1/large', async () => Buffer.alloc(64 * 1024 * 1024))
  const gateway = await startGateway({ query: await listen(query) })
  const { hostname, port } = new URL(gateway)
  const socket = createConnection(Number(port), hostname)
  socket.write('GET /api/v1/large HTTP/1.1\r\nHost: x\r\n\r\n')
  await once(socket, 'readable')
  const begun = performance.now()
  await open.pop()?.close()
  expect(performance.now() - begun).toBeLessThan(8_000)
  socket.destroy()
})

test('a service that dies within its answer breaks the answer off: half a stream is never taken for a whole one', async () => {
  const { server, streams } = createEventStream()
  const gateway = await startGateway({ query: await listen(server) })
  const response = await listenToEvents(gateway)
  streams[0]?.write('data: a\n\n')
  await once(response, 'data')
  const failed = once(response, 'error')
  streams[0]?.destroy()
  await expect(failed).resolves.toMatchObject([{ code: 'ECONNRESET' }])
  expect(response.complete).toBe(false)
})

test('a service that dies before it answers is a 502: the request may have been carried out', async () => {
  const ingress = createEcho('ingress')
  ingress.post('/api/v1/conversations', (request) => void request.raw.socket.destroy())
  const gateway = await startGateway({ ingress: await listen(ingress) })
  const answer = await fetch(`${gateway}/api/v1/conversations`, { method: 'POST' })
  expect(answer.status).toBe(502)
  expect(answer.headers.get('content-type')).toMatch('application/problem+json')
  expect(answer.headers.get('retry-after')).toBe('1')
  expect(await answer.json()).toMatchObject({
    type: 'urn:conversation-insights:problem:upstream-broke-off',
    status: 502,
  })
})

test('a service that is not there is a 503 with Retry-After, and serves again as soon as it is back', async () => {
  const ingress = await refusedAddress()
  const gateway = await startGateway({ ingress })
  const post = () =>
    fetch(`${gateway}/api/v1/conversations`, { method: 'POST', body: 'x', headers: { 'content-type': 'a/b' } })
  const answer = await post()
  expect(answer.status).toBe(503)
  expect(answer.headers.get('retry-after')).toBe('1')
  expect(await answer.json()).toMatchObject({
    type: 'urn:conversation-insights:problem:upstream-unavailable',
    status: 503,
  })

  const back = createEcho('ingress')
  open.push(back)
  await back.listen({ host: '127.0.0.1', port: Number(new URL(ingress).port) })
  expect((await post()).status).toBe(200)
})

test('/healthz is 200 only when both services are healthy, and names the one that is not', async () => {
  expect(await (await fetch(`${await startGateway()}/healthz`)).json()).toEqual({ status: 'ok' })

  const sick = fastify()
  sick.get('/healthz', (_request, reply) => reply.code(503).send({ status: 'failing' }))
  const gateway = await startGateway({ ingress: await refusedAddress(), query: await listen(sick) })
  const answer = await fetch(`${gateway}/healthz`)
  expect(answer.status).toBe(503)
  expect(await answer.json()).toEqual({
    status: 'failing',
    checks: { ingress: expect.stringContaining('ECONNREFUSED') as string, query: 'answers 503' },
  })
})

test('/openapi.json is one document of both, and 503 while one does not answer', async () => {
  const documented = (paths: object) => {
    const server = fastify()
    server.get('/openapi.json', async () => ({ openapi: '3.1.0', info: { title: 't', version: '1' }, paths }))
    return listen(server)
  }
  const ingress = await documented({ '/api/v1/conversations': { post: {} }, '/internal': { get: {} } })
  const query = await documented({ '/api/v1/insights': { get: {} } })
  const merged = await (await fetch(`${await startGateway({ ingress, query })}/openapi.json`)).json()
  expect(merged).toMatchObject({ paths: { '/api/v1/conversations': { post: {} }, '/api/v1/insights': { get: {} } } })
  expect(merged).not.toHaveProperty(['paths', '/internal'])

  const gateway = await startGateway({ ingress, query: await refusedAddress() })
  expect((await fetch(`${gateway}/openapi.json`)).status).toBe(503)
})

test('an id with a slash, encoded, stays one part of the path', async () => {
  const gateway = await startGateway()
  const path = '/api/v1/conversations/a%2Fb%3Fc%25?x=%2F'
  expect(await (await fetch(gateway + path)).json()).toMatchObject({ name: 'query', url: path })
})

test('a method that is not served is 405 with those that are', async () => {
  const ingress = createHttpServer({
    service: 'ingress',
    log: createLogger({ service: 'ingress', level: 'silent' }),
    metrics: createMetrics({ service: 'ingress', version: '1' }),
    health: createHealth(),
  })
  ingress.post('/api/v1/conversations', async () => null)
  const gateway = await startGateway({ ingress: await listen(ingress as unknown as FastifyInstance) })
  for (const [path, allow] of [
    ['/api/v1/conversations', 'POST'],
    ['/healthz', 'GET, HEAD'],
    ['/openapi.json', 'GET, HEAD'],
    ['/docs', 'GET, HEAD'],
    ['/docs/', 'GET, HEAD'],
  ] as const) {
    // QUERY needs a content type (RFC 10008), and `fetch` sends no TRACE.
    for (const method of ['DELETE', 'TRACE', 'QUERY', 'PURGE']) {
      const sent = http.request(gateway + path, { method, headers: { 'content-length': '1' } })
      sent.end('x')
      const [answer] = (await once(sent, 'response')) as [http.IncomingMessage]
      expect({ path, method, status: answer.statusCode, allow: answer.headers.allow }).toEqual({
        path,
        method,
        status: 405,
        allow,
      })
      answer.resume()
    }
  }
})

test.each(['/docs', '/docs/'])(
  '%s draws the whole API, and all that the page loads is of this address',
  async (path) => {
    const gateway = await startGateway()
    const page = await fetch(gateway + path, { redirect: 'error' })
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'")
    const html = await page.text()
    const loaded = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url = '']) => url)
    expect(loaded.length).toBeGreaterThan(4)
    expect(loaded.filter((url) => !url.startsWith('/'))).toEqual([])
    for (const url of loaded.filter((asset) => asset !== '/openapi.json')) {
      const asset = await fetch(gateway + url)
      expect({ url, status: asset.status }).toEqual({ url, status: 200 })
      const type = { css: 'text/css', js: 'javascript', png: 'image/png' }[url.split('.').at(-1) ?? '']
      expect(asset.headers.get('content-type')).toContain(type)
      await asset.arrayBuffer()
    }
    const start = await (await fetch(`${gateway}/docs/start.js`)).text()
    expect(start).toMatch(/SwaggerUIBundle\(\{\s+url: '\/openapi\.json'/)
  },
)

test("only /api/v1 is forwarded: no way leads to a service's metrics", async () => {
  const query = createEcho('query')
  query.get('/metrics', async () => 'secret')
  const gateway = await startGateway({ query: await listen(query) })
  for (const path of [
    '/metrics',
    '/api/v1/../../metrics',
    '/api/v1/%2e%2e/%2e%2e/metrics',
    '/api/v1/.%2E/%2e./metrics',
    '/api/v1/conversations/%2e',
    '/api/v1/x\\..\\..\\..\\metrics',
    '/api/v1/conversations/..?x=1',
    '/docs/../metrics',
    '/docs/static/..%2f..%2f..%2fpackage.json',
    '/docs/static/../package.json',
    '/docs/static/index.js',
    '/api/v2',
  ]) {
    const { hostname, port } = new URL(gateway)
    // Written to the bare socket, since clients tidy such paths before they send them.
    const socket = createConnection(Number(port), hostname)
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    const answer = await text(socket)
    expect(answer).toMatch(/^HTTP\/1.1 40[034] /)
    expect(answer).toContain('application/problem+json')
  }
})

test("a path that cannot be decoded is the client's fault", async () => {
  const answer = await fetch(`${await startGateway()}/api/v1/conversations/%zz`)
  expect(answer.status).toBe(400)
  expect(answer.headers.get('content-type')).toMatch('application/problem+json')
})
