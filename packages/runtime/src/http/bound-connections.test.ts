import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { Readable, Writable } from 'node:stream'
import { afterEach, describe, expect, test } from 'vitest'
import type { ConnectionLimits } from './bound-connections.ts'
import { createHealth } from '../health.ts'
import { createHttpServer } from './http-server.ts'
import type { HttpServer } from './http-server.ts'
import { createLogger } from '../logger.ts'
import { createMetrics } from '../metrics.ts'

/** More than the buffers of both ends hold. */
const LARGE = 16 * 1024 * 1024

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

/**
 * A server with a route for each hazard; `entered` counts the requests that reached `/slow`, and `leave` answers them.
 */
async function start(limits: Partial<ConnectionLimits> = {}) {
  const lines: { msg: string }[] = []
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(JSON.parse(chunk.toString()))
      done()
    },
  })
  const server = createHttpServer({
    service: 'test',
    log: createLogger({ service: 'test', level: 'warn', destination }),
    metrics: createMetrics({ service: 'test', version: '1' }),
    health: createHealth(),
    limits,
  })
  const leave = Promise.withResolvers<void>()
  const state = { entered: 0 }
  server.post('/echo', async (request) => request.body)
  server.post('/refuse', { onRequest: async (_request, reply) => reply.code(429).send('no') }, async () => null)
  server.post('/slow', async () => {
    state.entered++
    await leave.promise
    return 'done'
  })
  server.get('/large', async () => Buffer.alloc(LARGE))
  server.post('/stream', { onRequest: async (_request, reply) => reply.send(unending()) }, async () => null)
  await server.listen({ host: '127.0.0.1', port: 0 })
  cleanups.push(() => server.close())
  cleanups.push(leave.resolve)
  return { server, state, lines, leave: leave.resolve }
}

/** Begins at once and never ends. */
function unending(): Readable {
  const stream = new Readable({ read: () => {} })
  stream.push('begun')
  return stream
}

async function open(server: HttpServer, said = ''): Promise<Socket> {
  const socket = connect((server.server.address() as AddressInfo).port, '127.0.0.1')
  cleanups.push(() => socket.destroy())
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.write(said)
  return socket
}

const half = (path: string) =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n"half`
const whole = (path: string) =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 6\r\n\r\n"good"`
const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`

/** All that the server says until the connection is closed; a reset is an end too. */
async function heard(socket: Socket): Promise<string> {
  let said = ''
  socket.setEncoding('utf8').on('data', (chunk) => (said += chunk))
  if (!socket.closed) await once(socket, 'close').catch(() => {})
  return said
}

const problem = (answer: string) => JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))

describe('a client that keeps a server waiting', () => {
  test.each([
    ['half a body', half('/echo')],
    ['half a head', 'POST /echo HTTP/1.1\r\nHost:'],
    [
      'a body in chunks without an end',
      `POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n1\r\n"\r\n`,
    ],
  ])('(I8) %s is answered 408 and its connection closed', async (_what, said) => {
    const { server } = await start({ requestMs: 200, headMs: 500 })
    const answer = await heard(await open(server, said))
    expect(answer).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\nContent-Type: application\/problem\+json/)
    expect(problem(answer)).toMatchObject({ status: 408, title: 'Request Timeout' })
  })

  test('(I8) a body that comes in drops ends like one that does not come', async () => {
    const { server } = await start({ requestMs: 300, headMs: 200 })
    const socket = await open(server, half('/echo'))
    const drops = setInterval(() => socket.write(' '), 50)
    expect(await heard(socket)).toMatch(/^HTTP\/1\.1 408 /)
    clearInterval(drops)
  })

  test('(I8) a body that stops coming is answered 408 also where a body may take any time', async () => {
    const { server } = await start({ requestMs: 0, idleMs: 200 })
    expect(await heard(await open(server, half('/echo')))).toMatch(/^HTTP\/1\.1 408 /)
  })

  test('(I8) half a head is answered 408 also there', async () => {
    const { server } = await start({ requestMs: 0, headMs: 200 })
    expect(await heard(await open(server, 'POST /echo HTTP/1.1\r\nHost:'))).toMatch(/^HTTP\/1\.1 408 /)
  })

  test('a connection that says nothing is closed without a word', async () => {
    const { server } = await start({ headMs: 200 })
    expect(await heard(await open(server))).toBe('')
  })

  test('(I8) an answer that is not taken does not stay in memory', async () => {
    const { server } = await start({ idleMs: 300 })
    const socket = await open(server)
    socket.pause().write(get('/large'))
    await once(server.server, 'request')
    await expect.poll(() => connections(server)).toBe(0)
  })

  test('(I8) a body that was answered before it came is read on for a moment only, and the answer arrives', async () => {
    const { server } = await start({ lingerMs: 300 })
    const socket = await open(server, half('/refuse'))
    expect(await heard(socket)).toMatch(/^HTTP\/1\.1 429 [^]*no$/)
  })

  test('the same body is read to its end when it comes in time, and the connection serves on', async () => {
    const { server } = await start({ lingerMs: 60_000 })
    const socket = await open(server, half('/refuse'))
    await once(socket, 'data')
    socket.write(`${' '.repeat(15)}${whole('/echo')}`)
    expect(String(await once(socket, 'data'))).toMatch(/^HTTP\/1\.1 200 [^]*good/)
  })
})

test('what takes long here, or is a stream, is never cut: time-outs are for what the client owes', async () => {
  const { server, leave } = await start({ requestMs: 100, headMs: 100, idleMs: 100 })
  const slow = await open(server, whole('/slow'))
  const stream = await open(server, 'POST /stream HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n')
  await once(stream, 'data')
  // The time-outs pass, one after the other, for clients that do owe something.
  for (let cut = 0; cut < 5; cut++) expect(await heard(await open(server, half('/echo')))).toMatch(/^HTTP\/1\.1 408 /)
  expect({ slow: slow.readyState, stream: stream.readyState }).toEqual({ slow: 'open', stream: 'open' })
  leave()
  expect(String(await once(slow, 'data'))).toMatch(/^HTTP\/1\.1 200 /)
})

describe('what is told to a client is never taken for something else', () => {
  test('a body that stops after its answer has begun: the connection breaks off, and no 408 stands in the answer', async () => {
    const { server } = await start({ requestMs: 200, headMs: 200, lingerMs: 60_000 })
    const answer = await heard(await open(server, half('/stream')))
    expect(answer).toMatch(/^HTTP\/1\.1 200 [^]*begun\r\n$/)
  })

  test('garbage behind a request that is being carried out: no 400 comes in the place of its answer', async () => {
    const { server, state } = await start()
    const socket = await open(server, whole('/slow'))
    await expect.poll(() => state.entered).toBe(1)
    socket.write('nonsense\r\n\r\n')
    expect(await heard(socket)).toBe('')
  })
})

test('(I8) more connections than a server can hold are refused and logged once, and those that are open serve on', async () => {
  const { server, lines } = await start({ connections: 2 })
  const [first] = [await open(server), await open(server)]
  for (let i = 0; i < 3; i++) expect(await heard(await open(server, get('/healthz')))).toBe('')
  first?.write(get('/healthz'))
  expect(String(await once(first as Socket, 'data'))).toMatch(/^HTTP\/1\.1 200 /)
  expect(lines).toMatchObject([{ msg: 'new connections are refused: too many are open already', connections: 2 }])
})

describe('a stop', () => {
  /** Milliseconds until closed. */
  async function close(server: HttpServer): Promise<number> {
    const begun = performance.now()
    await server.close()
    return performance.now() - begun
  }

  test('cuts what is not whole and tells it so, and answers what is', async () => {
    const { server, state, leave } = await start()
    const stuck = await open(server, half('/echo'))
    const drops = await open(server, half('/echo'))
    const idle = await open(server, whole('/echo'))
    const waiting = await open(server, whole('/slow'))
    await once(idle, 'data')
    await expect.poll(() => state.entered).toBe(1)
    const dropping = setInterval(() => drops.write(' '), 200)
    const answers = Promise.all([stuck, drops, idle, waiting].map(heard))
    const closed = close(server)
    await once(stuck, 'close')
    leave()
    const [ofStuck = '', ofDrops, ofIdle, ofWaiting] = await answers
    clearInterval(dropping)
    expect(await closed).toBeLessThan(3_000)
    expect(ofStuck).toMatch(/^HTTP\/1\.1 503 [^]*Retry-After: 1\r\n/)
    expect(problem(ofStuck)).toMatchObject({ status: 503, title: 'The service is stopping' })
    expect(ofDrops).toMatch(/^HTTP\/1\.1 503 /)
    expect(ofIdle).toBe('')
    expect(ofWaiting).toMatch(/^HTTP\/1\.1 200 [^]*connection: close\r\n[^]*done$/)
  })

  test('answers a body whose end comes within the grace', async () => {
    const { server } = await start()
    const socket = await open(server, half('/echo'))
    await once(server.server, 'request')
    const closed = close(server)
    socket.write(`"${' '.repeat(14)}`)
    expect(await heard(socket)).toMatch(/^HTTP\/1\.1 200 [^]*half/)
    expect(await closed).toBeLessThan(3_000)
  })

  test('lets an answer be taken to its end', async () => {
    const { server } = await start()
    const socket = await open(server)
    socket.pause().write(get('/large'))
    const [, response] = (await once(server.server, 'request')) as [unknown, ServerResponse]
    const closed = close(server)
    await expect
      .poll(() => ({ listens: server.server.listening, isWritten: response.writableEnded }))
      .toEqual({ listens: false, isWritten: true })
    let taken = 0
    socket.on('data', (chunk: Buffer) => (taken += chunk.length)).resume()
    await closed
    if (!socket.closed) await once(socket, 'close')
    expect(taken).toBeGreaterThan(LARGE)
  })

  test('does not wait for a client that does not take its answer', async () => {
    const { server } = await start()
    const socket = await open(server)
    socket.pause().write(get('/large'))
    await once(server.server, 'request')
    expect(await close(server)).toBeLessThan(8_000)
  })

  test('a server without connections closes at once', async () => {
    const { server } = await start()
    expect(await close(server)).toBeLessThan(900)
  })
})

const connections = (server: HttpServer) =>
  new Promise<number>((resolve) => server.server.getConnections((_error, count) => resolve(count)))
