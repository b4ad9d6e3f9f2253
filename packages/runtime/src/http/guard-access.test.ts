import { connect } from 'node:net'
import { fastify } from 'fastify'
import { expect, test } from 'vitest'
import { guardAccess, toAllowedHosts } from './guard-access.ts'

const KEY = { name: 'a', sha256: 'f'.repeat(64), scopes: ['read' as const] }

function serve({ apiKeys = [] as (typeof KEY)[], HOST = '127.0.0.1', ALLOWED_HOSTS = [] as string[] } = {}) {
  const server = fastify()
  guardAccess(server, { apiKeys, hosts: toAllowedHosts({ HOST, ALLOWED_HOSTS }) })
  for (const path of ['/insights', '/healthz', '/readyz']) server.get(path, () => 'told')
  return server
}
const ask = async (server: ReturnType<typeof serve>, headers: Record<string, string>, url = '/insights') =>
  (await server.inject({ url, headers })).statusCode

test.each(['localhost', 'localhost:8000', 'LOCALHOST:8000', '127.0.0.1:8000', '[::1]:8000', '[::1]'])(
  'this machine asks itself as %s',
  async (host) => expect(await ask(serve(), { host })).toBe(200),
)

test.each([
  'rebound.example',
  'rebound.example:8000',
  '127.0.0.1.rebound.example',
  'localhost.rebound.example',
  '0.0.0.0:8000',
  '[::2]:8000',
])('a name that a web page had resolved to this machine is 421: %j', async (host) => {
  const answer = await serve().inject({ url: '/insights', headers: { host } })
  expect(answer.statusCode).toBe(421)
  expect(answer.json().detail).toContain('ALLOWED_HOSTS')
  expect(answer.body).not.toContain('told')
})

test('a page of another host is refused under our own name, one of this machine is not', async () => {
  const host = 'localhost:8000'
  const server = serve()
  const statusOf = (origin: string) => ask(server, { host, origin })
  expect({
    foreign: await statusOf('https://rebound.example'),
    sandboxed: await statusOf('null'),
    own: await statusOf('http://localhost:8000'),
    neighbour: await statusOf('http://127.0.0.1:5173'),
  }).toEqual({ foreign: 403, sandboxed: 403, own: 200, neighbour: 200 })
})

test('an address that stands for all is no name, although the service listens on it', async () => {
  for (const [HOST, host] of [
    ['0.0.0.0', '0.0.0.0:8000'],
    ['::', '[::]:8000'],
  ] as const)
    expect(await ask(serve({ HOST }), { host })).toBe(421)
})

test('HOST and ALLOWED_HOSTS are answered, and with * every host', async () => {
  const statusesOf = async (server: ReturnType<typeof serve>) => ({
    host: await ask(server, { host: 'insights.internal:80' }),
    proxied: await ask(server, { host: 'ingress', origin: 'https://ingress' }),
    other: await ask(server, { host: 'other' }),
  })
  const named = serve({ HOST: 'insights.internal', ALLOWED_HOSTS: ['ingress'] })
  expect(await statusesOf(named)).toEqual({ host: 200, proxied: 200, other: 421 })
  expect(await statusesOf(serve({ ALLOWED_HOSTS: ['*'] }))).toEqual({ host: 200, proxied: 200, other: 200 })
})

test('a probe knows an address and no name: it is answered', async () => {
  for (const path of ['/healthz', '/readyz']) expect(await ask(serve(), { host: '10.1.2.3:8001' }, path)).toBe(200)
})

test('with keys a page has none to show, so any name may ask', async () => {
  expect(await ask(serve({ apiKeys: [KEY] }), { host: 'api.example', origin: 'https://app.example' })).toBe(200)
})

test('no answer may be cached, framed or taken for another type', async () => {
  const { headers } = await serve().inject('/insights')
  expect(headers).toMatchObject({
    'cache-control': 'no-store',
    'content-security-policy': "frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
  })
})

test('two Host headers are 400, with keys too', async () => {
  const server = serve({ apiKeys: [KEY] })
  const { port } = new URL(await server.listen({ host: '127.0.0.1', port: 0 }))
  const socket = connect(Number(port), '127.0.0.1')
  socket.end('GET /insights HTTP/1.1\r\nHost: localhost\r\nhost: rebound.example\r\nConnection: close\r\n\r\n')
  let said = ''
  for await (const chunk of socket) said += String(chunk)
  expect(said).toMatch(/^HTTP\/1\.1 400 /)
  await server.close()
})
