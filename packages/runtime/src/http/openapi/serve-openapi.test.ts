import { createHash } from 'node:crypto'
import { afterEach, expect, test } from 'vitest'
import { z } from 'zod'
import { createHealth } from '../../health.ts'
import { createLogger } from '../../logger.ts'
import { createMetrics } from '../../metrics.ts'
import { requireScope, type ApiKey } from '../api-keys.ts'
import { createHttpServer, type HttpServer } from '../http-server.ts'
import { createRateLimiter } from '../limit-rate.ts'
import { describeProblem } from '../problem.ts'
import { takeToken } from '../take-token.ts'
import { problemExamples } from './problem-examples.ts'

const sha256 = (key: string) => createHash('sha256').update(key).digest('hex')
const apiKeys: ApiKey[] = [
  { name: 'reader', sha256: sha256('reader'), scopes: ['read'] },
  { name: 'writer', sha256: sha256('writer'), scopes: ['ingest'] },
  { name: 'hasty', sha256: sha256('hasty'), scopes: ['read'], rps: 0.001 },
]
const as = (key: string) => ({ authorization: `Bearer ${key}` })

let server: HttpServer
afterEach(() => server.close())

function build(): HttpServer {
  server = createHttpServer({
    service: 'test',
    log: createLogger({ service: 'test', level: 'silent' }),
    metrics: createMetrics({ service: 'test', version: '1' }),
    health: createHealth(),
    bodyLimitBytes: 100,
    apiKeys,
    openapi: { title: 't', version: '1', description: 'd', tags: [{ name: 'things', description: 'All of them.' }] },
  })
  const limiter = createRateLimiter({ policy: 'reads', perSecond: 1000, now: () => performance.now() })
  server.route({
    method: 'POST',
    url: '/things/:id',
    onRequest: [requireScope(apiKeys, 'read'), takeToken(limiter)],
    schema: {
      operationId: 'makeThing',
      description: 'Makes it.',
      querystring: z
        .object({
          time: z.string().meta({ examples: ['now'] }),
          size: z
            .string()
            .transform(Number)
            .default(3)
            .meta({ type: 'integer', default: 3, examples: [7] }),
        })
        .catchall(z.unknown())
        .meta({ patternProperties: { '^tag\\.': { type: 'string', name: 'tag.NAME' } } }),
      body: z.object({ a: z.string() }),
      response: {
        201: {
          description: 'Made',
          headers: { Location: { required: true, schema: { type: 'string' } } },
          content: { 'text/csv': { schema: z.string() } },
        },
        409: describeProblem('There is one', { type: 'about:blank', title: 'Conflict', status: 409, detail: 'No.' }),
        429: describeProblem('Too many'),
        503: describeProblem('Not now'),
      },
    },
    handler: async () => {
      throw new Error('broken')
    },
  })
  return server
}

test('what hooks and schemas know of a route stands in its description: scope, rate, headers, examples, defaults', async () => {
  const document = (await build().inject('/openapi.json')).json()
  const { post } = document.paths['/things/{id}']
  expect(document.tags).toEqual([{ name: 'things', description: 'All of them.' }])
  expect(post).toMatchObject({
    description: 'Makes it.\n\nScope of the key: `read`.',
    security: [{ bearer: ['read'] }],
    responses: {
      201: { description: 'Made', headers: { Location: { required: true } }, content: { 'text/csv': {} } },
      409: { content: { 'application/problem+json': { example: { title: 'Conflict' } } } },
      503: { headers: { 'Retry-After': { $ref: '#/components/headers/Retry-After' } } },
    },
  })
  expect(Object.keys(post.responses['201'].headers)).toEqual(['RateLimit', 'RateLimit-Policy', 'Location'])
  // Tools fill in an `example`: what may be left out has none.
  expect(post.parameters.filter(({ in: where }: { in: string }) => where === 'query')).toEqual([
    { in: 'query', name: 'time', required: true, example: 'now', schema: { type: 'string' } },
    { in: 'query', name: 'size', required: false, schema: { type: 'integer', default: 3, examples: [7] } },
    {
      in: 'query',
      name: 'tag.NAME',
      required: false,
      style: 'form',
      explode: true,
      schema: {
        type: 'object',
        patternProperties: { '^tag\\.': { type: 'string' } },
        additionalProperties: false,
      },
    },
  ])
})

test('the examples of problems are what is answered', async () => {
  build()
  const json = { 'content-type': 'application/json' }
  const url = '/things/1?time=now'
  const asked = {
    400: { url: '/things/%zz', headers: as('reader') },
    401: { url },
    403: { url, headers: as('writer') },
    413: { url, headers: { ...as('reader'), ...json }, payload: JSON.stringify({ a: 'a'.repeat(100) }) },
    415: { url, headers: { ...as('reader'), 'content-type': 'text/plain' }, payload: 'a' },
    422: { url: '/things/1', headers: as('reader'), payload: { a: 'a' } },
    429: { url, headers: as('hasty') },
    500: { url, headers: as('reader'), payload: { a: 'a' } },
  }
  await server.inject({ method: 'POST', ...asked[429] })
  for (const [status, request] of Object.entries(asked)) {
    const answer = await server.inject({ method: 'POST', ...request })
    const { type, title } = problemExamples.get(Number(status)) ?? {}
    expect({ status, answer: answer.json() }).toMatchObject({ status, answer: { status: Number(status), type, title } })
  }
  // The answer to a connection that is too slow is tested with the others of its kind (bound-connections.test.ts).
  expect([...problemExamples.keys()].toSorted()).toEqual([...Object.keys(asked).map(Number), 408].toSorted())
})

test('at an address that is not there the body does not matter: 404 and 405 come before 400 and 415', async () => {
  build()
  const xml = { method: 'POST', headers: { 'content-type': 'text/xml' }, payload: '<a/>' } as const
  expect((await server.inject({ ...xml, url: '/nothing' })).statusCode).toBe(404)
  const wrong = await server.inject({ ...xml, method: 'PUT', url: '/things/1' })
  expect([wrong.statusCode, wrong.headers.allow]).toEqual([405, 'POST'])
  // RFC 10008 wants a content type with QUERY; it is not taken here at all.
  const query = await server.inject({ method: 'QUERY' as 'GET', url: '/things/1' })
  expect([query.statusCode, query.headers.allow]).toEqual([405, 'POST'])
})
