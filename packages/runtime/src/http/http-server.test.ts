import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { Agent, request as httpRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createHealth } from '../health.ts'
import { createHttpServer } from './http-server.ts'
import type { HttpServer, HttpServerOptions } from './http-server.ts'
import { createLogger } from '../logger.ts'
import { createMetrics } from '../metrics.ts'

const servers: HttpServer[] = []
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()))
})

function build(options: Partial<HttpServerOptions> & { level?: string } = {}) {
  const lines: Record<string, unknown>[] = []
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(JSON.parse(chunk.toString()))
      done()
    },
  })
  const { level = 'info', ...rest } = options
  const server = createHttpServer({
    service: 'test',
    log: createLogger({ service: 'test', level, destination }),
    metrics: createMetrics({ service: 'test', version: '1.2.3' }),
    health: createHealth(),
    ...rest,
  })
  servers.push(server)
  return { server, lines }
}

const Conversation = z.object({
  messages: z.array(z.object({ text: z.string().min(1), 'a/b~c': z.number().optional() })).min(1),
  when: z.union([z.iso.datetime(), z.number()]).optional(),
})

function withRoutes(options: Parameters<typeof build>[0] = {}) {
  const built = build(options)
  const { server } = built
  server.post('/things', { schema: { body: Conversation } }, async (request) => request.body)
  server.get(
    '/things/:id',
    {
      schema: {
        params: z.object({ id: z.string().max(200) }),
        querystring: z.object({ limit: z.coerce.number().max(5).optional() }),
      },
    },
    async (request) => request.params,
  )
  server.delete('/things/:id', async () => null)
  server.get('/broken', async () => {
    throw new Error('the password is hunter2', { cause: new Error('deeper') })
  })
  server.get('/leaky', { schema: { response: { 200: z.object({ id: z.string() }) } } }, async () => ({
    id: 'x',
    secret: 's',
  }))
  return built
}

const json = { 'content-type': 'application/json' }

describe('faults of the request', () => {
  test('a client learns of all its faults at once, each by an escaped JSON pointer', async () => {
    const { server } = withRoutes()
    const body = { messages: [{ text: '' }, { text: 'ok', 'a/b~c': 'x' }, {}], when: 'yesterday' }
    const answer = await server.inject({ method: 'POST', url: '/things', body })
    expect(answer.statusCode).toBe(422)
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8')
    const problem = answer.json()
    expect(problem).toMatchObject({
      type: 'urn:conversation-insights:problem:invalid-request',
      status: 422,
      detail: 'The body has 4 faults.',
    })
    expect(problem.errors.map((fault: { pointer: string }) => fault.pointer)).toEqual([
      '/messages/0/text',
      '/messages/1/a~1b~0c',
      '/messages/2/text',
      '/when',
    ])
    for (const fault of problem.errors) expect(Object.keys(fault)).toEqual(['pointer', 'detail'])
  })

  test('faults of the query and of the path are told like those of the body', async () => {
    const { server } = withRoutes()
    const query = await server.inject('/things/a?limit=9')
    expect([query.statusCode, query.json().detail, query.json().errors[0].pointer]).toEqual([
      422,
      'The query has 1 fault.',
      '/limit',
    ])
    const path = await server.inject(`/things/${'x'.repeat(201)}`)
    expect([path.statusCode, path.json().errors[0].pointer]).toEqual([422, '/id'])
  })

  test('an id of 200 percent-encoded characters is still found', async () => {
    const { server } = withRoutes()
    const id = '😀'.repeat(100) // 200 UTF-16 units, 1200 characters when encoded
    expect((await server.inject(`/things/${encodeURIComponent(id)}`)).json()).toEqual({ id })
  })

  test('(I8) a body that is wrong everywhere does not get an answer larger than itself', async () => {
    const { server } = withRoutes()
    const messages = Array.from({ length: 5_000 }, () => 0)
    const answer = await server.inject({ method: 'POST', url: '/things', payload: { messages } })
    expect(answer.statusCode).toBe(422)
    expect(answer.json().errors).toHaveLength(100)
    expect(answer.json().detail).toContain('more than 100 faults; the first 100')
  })

  test.each([
    ['not JSON', { headers: json, body: '{"messages":' }, 400, 'not-json'],
    ['an empty JSON body', { headers: json, body: '' }, 400, 'not-json'],
    ['no body and no content type', {}, 400, 'not-json'],
    ['JSON null', { headers: json, body: 'null' }, 422, 'invalid-request'],
    [
      'a form',
      { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'a=b' },
      415,
      'unsupported-media-type',
    ],
    ['plain text', { headers: { 'content-type': 'text/plain' }, body: 'a=b' }, 415, 'unsupported-media-type'],
    [
      'two content types in one',
      { headers: { 'content-type': 'application/json, text/plain' }, body: '{}' },
      415,
      'unsupported-media-type',
    ],
    [
      'another charset',
      { headers: { 'content-type': 'application/json; charset="latin1"' }, body: '{}' },
      415,
      'unsupported-media-type',
    ],
    [
      'a gzipped body',
      { headers: { ...json, 'content-encoding': 'gzip' }, body: gzipSync('{}') },
      415,
      'unsupported-media-type',
    ],
    ['JSON in Latin-1', { headers: json, body: Buffer.from('{"name":"Zo\xeb"}', 'latin1') }, 400, 'not-json'],
    ['a body too large', { headers: json, body: JSON.stringify({ x: 'y'.repeat(3000) }) }, 413, 'too-large'],
  ])('%s is a problem with its own status', async (_name, request, status, type) => {
    const { server, lines } = withRoutes({ bodyLimitBytes: 2000 })
    const answer = await server.inject({ method: 'POST', url: '/things', ...request })
    expect([answer.statusCode, answer.json().status, answer.json().type]).toEqual([
      status,
      status,
      `urn:conversation-insights:problem:${type}`,
    ])
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
    expect(lines).toEqual([]) // what clients do wrong is no news
  })

  test('where there are keys, metrics and the reasons of readiness ask for one of any scope', async () => {
    const keys = [
      { name: 'p', sha256: createHash('sha256').update('secret').digest('hex'), scopes: ['ingest' as const] },
    ]
    const health = createHealth()
    health.ready('kafka', () => 'Kafka at 10.0.0.1 is away')
    const { server } = build({ apiKeys: keys, health })
    const ask = async (url: string, headers = {}) => {
      const answer = await server.inject({ url, headers })
      return { status: answer.statusCode, isTold: answer.body.includes('10.0.0.1') || answer.body.includes('# HELP') }
    }
    const known = { authorization: 'Bearer secret' }
    expect({
      ready: await ask('/readyz'),
      readyKnown: await ask('/readyz', known),
      metrics: await ask('/metrics'),
      metricsWrong: await ask('/metrics', { authorization: 'Bearer other' }),
      metricsKnown: await ask('/metrics', known),
      live: await ask('/healthz'),
    }).toEqual({
      ready: { status: 503, isTold: false },
      readyKnown: { status: 503, isTold: true },
      metrics: { status: 401, isTold: false },
      metricsWrong: { status: 401, isTold: false },
      metricsKnown: { status: 200, isTold: true },
      live: { status: 200, isTold: false },
    })
  })

  test('without keys the reasons of readiness are for those who ask the service by its own name', async () => {
    const health = createHealth()
    health.ready('kafka', () => 'Kafka at 10.0.0.1 is away')
    const { server } = build({ health, allowedHosts: new Set(['localhost']) })
    const readyAs = async (host: string) => {
      const answer = await server.inject({ url: '/readyz', headers: { host } })
      return { status: answer.statusCode, isTold: answer.body.includes('10.0.0.1') }
    }
    expect({ own: await readyAs('localhost:8001'), rebound: await readyAs('rebound.example') }).toEqual({
      own: { status: 503, isTold: true },
      rebound: { status: 503, isTold: false },
    })
  })

  test('two lines of content type are 415, of which Node would take the first', async () => {
    const { server } = withRoutes()
    const url = new URL(await server.listen({ host: '127.0.0.1', port: 0 }))
    const head = `POST /things HTTP/1.1\r\nHost: ${url.host}\r\nConnection: close\r\nContent-Length: 2\r\n`
    const socket = connect(Number(url.port), url.hostname)
    socket.end(`${head}Content-Type: application/json\r\nContent-Type: text/plain\r\n\r\n{}`)
    let said = ''
    for await (const chunk of socket) said += String(chunk)
    expect(said).toMatch(/^HTTP\/1\.1 415 /)
    expect(said).toContain('Send one `Content-Type')
    await server.close()
  })

  test('UTF-8 is taken by each of its names, and arrives as it was sent', async () => {
    const { server } = build()
    server.post('/echo', async (request) => JSON.stringify(request.body))
    const body = '{"name":"Zoë 漢字 😀 \\ud800"}'
    for (const type of [
      'application/json; charset=UTF-8',
      'application/json;charset="utf8"',
      'Application/JSON; x=y',
    ]) {
      const answer = await server.inject({ method: 'POST', url: '/echo', headers: { 'content-type': type }, body })
      expect({ type, status: answer.statusCode, body: answer.body }).toEqual({ type, status: 200, body })
    }
  })

  test('JSON with members named like those of every object is JSON, and reaches the route as it was sent', async () => {
    const { server } = build()
    server.post('/echo', async (request) => JSON.stringify(request.body))
    const body = '{"__proto__":{"x":1},"constructor":{"prototype":{"x":1}},"a":[{"__proto__":null}]}'
    const answer = await server.inject({ method: 'POST', url: '/echo', headers: json, body })
    expect({ status: answer.statusCode, body: answer.body }).toEqual({ status: 200, body })
    expect(({} as Record<string, unknown>)['x']).toBeUndefined()
  })

  test('an unknown address is 404, a known one asked in another way 405 with what is allowed', async () => {
    const { server } = withRoutes()
    const unknown = await server.inject('/thingies?secret=1')
    expect([unknown.statusCode, unknown.json().type]).toEqual([404, 'urn:conversation-insights:problem:not-found'])
    expect(unknown.body).not.toContain('secret')
    const wrong = await server.inject({ method: 'PATCH', url: '/things/a%2Fb?x=1' })
    expect([wrong.statusCode, wrong.headers['allow']]).toEqual([405, 'GET, HEAD, DELETE'])
    expect((await server.inject({ method: 'PATCH', url: '/things/a/b' })).statusCode).toBe(404)
  })

  test('a path that cannot be decoded is a problem too', async () => {
    const { server } = withRoutes()
    const answer = await server.inject('/things/%ff')
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([
      400,
      'application/problem+json; charset=utf-8',
    ])
  })

  test('bytes that are not HTTP are answered with a problem', async () => {
    const { server } = withRoutes()
    const socket = connect(await listen(server), '127.0.0.1')
    socket.end('nonsense\r\n\r\n')
    const answer = await text(socket)
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\nContent-Type: application\/problem\+json/)
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({ status: 400, title: 'Bad Request' })
  })

  test('a client still sending a body that is too large gets to read why', async () => {
    const { server } = withRoutes({ bodyLimitBytes: 1000 })
    const answer = await send(
      await listen(server),
      { method: 'POST', path: '/things', headers: json },
      'x'.repeat(8_000_000),
    )
    expect([answer.status, JSON.parse(answer.body).limit_bytes]).toEqual([413, 1000])
  })
})

describe('our own faults', () => {
  test('an unknown error tells the client nothing but an id, and the log everything under that id', async () => {
    const { server, lines } = withRoutes()
    const answer = await server.inject({ url: '/broken', headers: { traceparent: PARENT } })
    expect(answer.statusCode).toBe(500)
    expect(answer.body).not.toMatch(/hunter2|deeper|Error/)
    const { request_id, trace_id, ...problem } = answer.json()
    expect(problem).toEqual({
      type: 'urn:conversation-insights:problem:internal',
      title: 'Something went wrong here',
      status: 500,
      detail: 'The fault is not in the request. It has been logged under this request id.',
    })
    expect(trace_id).toBe('0af7651916cd43dd8448eb211c80319c')
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatchObject({ level: 'error', request_id, trace_id, url: '/broken' })
    expect(JSON.stringify(lines[0])).toMatch(/hunter2.*http-server\.test\.ts.*deeper/)
  })

  test("a library's error that happens to carry a status is our fault, and its text stays here", async () => {
    const { server, lines } = build()
    server.get('/', async () => {
      throw Object.assign(new Error('subject hunter2 not found'), { statusCode: 404, code: 'E404' })
    })
    const answer = await server.inject('/')
    expect([answer.statusCode, lines.length]).toEqual([500, 1])
    expect(answer.body).not.toContain('hunter2')
  })

  test('a client that goes away in the middle of its body is no error of ours', async () => {
    const { server, lines } = withRoutes()
    const answered = Promise.withResolvers<number>()
    server.addHook('onSend', async (_request, reply) => answered.resolve(reply.statusCode))
    const socket = connect(await listen(server), '127.0.0.1')
    socket.write('POST /things HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{"a')
    await once(server.server, 'request')
    socket.resetAndDestroy()
    expect(await answered.promise).toBe(400)
    expect(lines.filter((line) => line['level'] !== 'info')).toEqual([])
  })

  test('something thrown that is no Error is answered all the same', async () => {
    const { server } = build()
    server.get('/', async () => {
      throw 'a string' // oxlint-disable-line no-throw-literal
    })
    expect((await server.inject('/')).statusCode).toBe(500)
  })

  test('a member that the response schema does not name never leaves the process', async () => {
    const { server } = withRoutes()
    expect((await server.inject('/leaky')).json()).toEqual({ id: 'x' })
  })
})

const PARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

describe('trace context', () => {
  test('each request has a span of its own in the trace it came with, and the handler sees it', async () => {
    const { server } = build()
    server.get('/', async (request) => request.traceparent)
    const answers = await Promise.all([1, 2].map(() => server.inject({ url: '/', headers: { traceparent: PARENT } })))
    const [first, second] = answers.map((answer) => answer.body)
    expect(first).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$/)
    expect(first).not.toBe(PARENT)
    expect(second).not.toBe(first)
  })

  test('a broken traceparent begins a new trace', async () => {
    const { server } = build()
    server.get('/', async (request) => request.traceparent)
    const answer = await server.inject({ url: '/', headers: { traceparent: PARENT.toUpperCase() } })
    expect(answer.body).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
    expect(answer.body).not.toContain('0af7651916cd43dd8448eb211c80319c')
  })

  test('what a handler logs carries the trace id', async () => {
    const { server, lines } = build()
    server.get('/', async (request) => {
      request.log.info('hello')
      return null
    })
    await server.inject({ url: '/', headers: { traceparent: PARENT } })
    expect(lines).toMatchObject([{ msg: 'hello', trace_id: '0af7651916cd43dd8448eb211c80319c', service: 'test' }])
  })
})

describe('operations', () => {
  test('(I9) liveness and readiness say which check fails and why', async () => {
    const health = createHealth()
    const { server, lines } = build({ health })
    expect([(await server.inject('/healthz')).json(), (await server.inject('/readyz')).json()]).toEqual([
      { status: 'ok' },
      { status: 'ok', service: 'test', checks: {} },
    ])
    health.live('projector', () => 'no progress for 40 s')
    health.ready('kafka', () => null)
    health.ready('postgres', async () => 'connection refused')
    const live = await server.inject('/healthz')
    expect([live.statusCode, live.json()]).toEqual([
      503,
      { status: 'failing', checks: { projector: 'no progress for 40 s' } },
    ])
    const ready = await server.inject('/readyz')
    expect([ready.statusCode, ready.json()]).toEqual([
      503,
      { status: 'not_ready', service: 'test', checks: { kafka: 'ok', postgres: 'connection refused' } },
    ])
    expect(lines).toEqual([])
  })

  test('metrics know the build and the requests by route pattern, never by id, probes not counted', async () => {
    const { server } = withRoutes()
    await server.inject('/things/secret-id')
    await server.inject('/healthz')
    await server.inject('/nowhere/secret-id')
    const answer = await server.inject('/metrics')
    expect(answer.headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/)
    expect(answer.body).toContain(`insights_build_info{service="test",version="1.2.3",node="${process.version}"} 1`)
    expect(answer.body).toContain(
      'insights_http_request_seconds_count{method="GET",route="/things/:id",status="200"} 1',
    )
    expect(answer.body).toContain('insights_http_request_seconds_count{method="GET",route="none",status="404"} 1')
    expect(answer.body).not.toMatch(/secret-id|route="\/healthz"/)
  })
})

describe('the API description', { timeout: 30_000 }, () => {
  const openapi = { title: 'Test', version: '1', description: 'd' }

  test('it is OpenAPI 3.1 of the routes, their schemas and problems, without the operations', async () => {
    const { server } = withRoutes({ openapi })
    const document = (await server.inject('/openapi.json')).json()
    expect(document).toMatchObject({ openapi: '3.1.0', info: openapi })
    expect(Object.keys(document.paths)).toEqual(['/things', '/things/{id}', '/broken', '/leaky'])
    const post = document.paths['/things'].post
    expect(post.requestBody.content['application/json'].schema.properties.messages.minItems).toBe(1)
    expect(post.responses.default.content['application/problem+json'].schema).toEqual({
      $ref: '#/components/schemas/Problem',
    })
    expect(Object.keys(document.components.schemas)).toEqual(['Problem'])
    expect(document.components.schemas.Problem.properties.errors.items.required).toEqual(['pointer', 'detail'])
    expect(document.components.securitySchemes).toBeUndefined()
  })

  test('a named schema is one component, and only the way it is used', async () => {
    const { server } = build({ openapi })
    const Inner = z.object({ a: z.string() }).meta({ id: 'Inner' })
    const Named = z.object({ inner: Inner }).meta({ id: 'Named' })
    server.get('/', { schema: { response: { 200: Named } } }, async () => ({ inner: { a: 'b' } }))
    const { components, paths } = (await server.inject('/openapi.json')).json()
    expect(Object.keys(components.schemas).toSorted()).toEqual(['Inner', 'Named', 'Problem'])
    expect(paths['/'].get.responses['200'].content['application/json'].schema).toEqual({
      $ref: '#/components/schemas/Named',
    })
  })

  test('with keys it says that a bearer key is needed', async () => {
    const { server } = withRoutes({ openapi, apiKeys: [{ name: 'a', sha256: '0'.repeat(64), scopes: ['read'] }] })
    const document = (await server.inject('/openapi.json')).json()
    expect([document.components.securitySchemes.bearer.scheme, document.security]).toEqual(['bearer', [{ bearer: [] }]])
  })

  test('the page and all it loads come from here', async () => {
    const { server } = withRoutes({ openapi })
    const page = await server.inject('/docs/')
    expect([page.statusCode, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
    const sources = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '')
    expect(sources.length).toBeGreaterThan(2)
    for (const source of sources) {
      const { pathname } = new URL(source, 'http://127.0.0.1/docs/')
      expect([source, (await server.inject(pathname)).statusCode]).toEqual([source, 200])
    }
    expect((await server.inject('/docs')).statusCode).toBe(200)
    expect((await server.inject('/docs/json')).json().info).toEqual(openapi)
  })
})

describe('close', () => {
  test('a request in flight finishes, a keep-alive connection does not hold it up', async () => {
    const { server } = build()
    const entered = Promise.withResolvers<void>()
    const leave = Promise.withResolvers<void>()
    const closing = Promise.withResolvers<void>()
    server.addHook('preClose', async () => closing.resolve())
    server.get('/quick', async () => 'quick')
    server.get('/slow', async () => {
      entered.resolve()
      await leave.promise
      return 'done'
    })
    const port = await listen(server)
    const agent = new Agent({ keepAlive: true, maxSockets: 2 })
    await send(port, { path: '/quick', agent })
    const slow = send(port, { path: '/slow', agent })
    await entered.promise
    const idle = connect(port, '127.0.0.1')
    await once(idle, 'connect')
    const closed = server.close()
    await closing.promise
    leave.resolve()
    expect(await slow).toMatchObject({ status: 200, body: 'done', connection: 'close' })
    await closed // times out if an idle connection holds it
    agent.destroy()
    idle.destroy()
  })
})

async function listen(server: HttpServer): Promise<number> {
  await server.listen({ host: '127.0.0.1', port: 0 })
  return (server.server.address() as AddressInfo).port
}

async function send(
  port: number,
  options: { method?: string; path: string; headers?: object; agent?: Agent },
  body = '',
) {
  const request = httpRequest({ host: '127.0.0.1', port, ...options } as object)
  request.on('error', () => {}) // writing may fail once the answer is there
  request.end(body)
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  return { status: response.statusCode, connection: response.headers.connection, body: await text(response) }
}
