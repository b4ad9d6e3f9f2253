import { spawn } from 'node:child_process'
import { channel } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { startSlowProxy } from '@insights/fixtures/slow-proxy'
import { choosePorts, isPortFree } from '@insights/stack/choose-ports'
import { Pool, type Dispatcher } from 'undici'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createWarmConnections, NotReadyError } from './warm-connections.ts'

const cleanups: (() => Promise<unknown> | void)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

async function listen(server: Server, port = 0) {
  const sockets = new Set<Socket>()
  const seen = { accepted: 0, open: sockets }
  server.on('connection', (socket: Socket) => {
    seen.accepted++
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => {})
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  cleanups.push(async () => {
    for (const socket of sockets) socket.destroy()
    if (server.listening) await new Promise((resolve) => server.close(resolve))
  })
  return { seen, origin: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`) }
}
const serve = (listener: RequestListener) => listen(createHttpServer(listener))
const answerAfter =
  (ms: () => number): RequestListener =>
  (request, response) =>
    void setTimeout(() => request.resume() && response.end('ok'), ms())

function warm(options: Parameters<typeof createWarmConnections>[0]) {
  const connections = createWarmConnections(options)
  cleanups.push(connections.close)
  return connections
}
async function call(dispatcher: Dispatcher, origin: URL | string) {
  const { statusCode, body } = await dispatcher.request({ origin, path: '/', method: 'POST', body: '{}' })
  await body.dump()
  return statusCode
}
const until = (condition: () => boolean, timeout = 10_000) =>
  vi.waitFor(() => expect(condition()).toBe(true), { timeout, interval: 5 })

/** One call each `spacingMs` that finds a connection ready; the pace itself is under test, so this one does wait. */
async function pace(count: number, spacingMs: number, ready: () => number, start: () => Promise<number>) {
  const calls: Promise<number | string>[] = []
  for (let slot = 0; slot < count; slot++) {
    if (ready() > 0) calls.push(start().catch(String))
    await new Promise((resolve) => setTimeout(resolve, spacingMs))
  }
  return Promise.all(calls)
}

describe('connections that are warm before a call needs them', () => {
  test('(I3) no call waits for a handshake, while latency varies and the far side closes what is idle', async () => {
    let turn = 0
    const { origin } = await serve(answerAfter(() => (turn++ % 10 === 0 ? 900 : 120)))
    const proxy = await startSlowProxy({ target: origin, handshakeMs: 150, idleCloseMs: 1_500 })
    cleanups.push(proxy.stop)
    const { dispatcher, ready, expectCalls } = warm({ origin: new URL(proxy.url), spare: 8 })
    expectCalls()
    await until(() => ready() === 8)
    const results = await pace(100, 50, ready, () => call(dispatcher, proxy.url))
    expect(results.filter((result) => result !== 200)).toEqual([])
    expect(results.length).toBeGreaterThanOrEqual(95)
    expect(proxy.stats().requestsOnColdConnections).toBe(0)
  })

  test('a client that connects on demand does call on cold connections: the test above can fail', async () => {
    const { origin } = await serve(answerAfter(() => 120))
    const proxy = await startSlowProxy({ target: origin, handshakeMs: 150 })
    cleanups.push(proxy.stop)
    const pool = new Pool(proxy.url)
    cleanups.push(() => pool.destroy())
    await pace(10, 50, () => 1, () => call(pool, proxy.url)) // prettier-ignore
    expect(proxy.stats().requestsOnColdConnections).toBeGreaterThan(1)
  })

  test('ready() never promises more than can leave at once, and a request without a connection is turned away', async () => {
    const { origin, seen } = await serve(() => {})
    const { dispatcher, ready, expectCalls } = warm({ origin, spare: 4, settleMs: 20, maxSockets: 6 })
    await expect(call(dispatcher, origin)).rejects.toThrow(NotReadyError)
    expectCalls()
    for (let calls = 0; calls < 6; calls++) {
      await until(() => ready() > 0)
      const before = ready()
      call(dispatcher, origin).catch(() => {})
      expect(ready()).toBe(before - 1)
    }
    await expect(call(dispatcher, origin)).rejects.toThrow(NotReadyError)
    expect(seen.accepted).toBe(6)
  })

  test('(I8) an answered call gives its connection back, however it ended', async () => {
    let turn = 0
    const { origin, seen } = await serve((request, response) => {
      const kind = turn++ % 4
      if (kind === 0) response.end('ok')
      else if (kind === 1) response.writeHead(500, { connection: 'close' }).end('no')
      else if (kind === 2) request.socket.destroy()
      else request.resume().on('end', () => response.writeHead(204).end())
    })
    const { dispatcher, ready, expectCalls } = warm({ origin, spare: 3, settleMs: 10 })
    expectCalls()
    for (let calls = 0; calls < 40; calls++) {
      await until(() => ready() > 0)
      await call(dispatcher, origin).catch(() => {})
    }
    await until(() => ready() >= 3)
    expect(seen.open.size).toBeLessThanOrEqual(8)
  })

  test('kept-alive connections that the far side closes are neither counted nor used', async () => {
    const { origin, seen } = await serve(answerAfter(() => 50))
    const { dispatcher, ready, expectCalls } = warm({ origin, spare: 4, settleMs: 20 })
    expectCalls()
    await until(() => ready() === 4)
    await Promise.all(Array.from({ length: 4 }, () => call(dispatcher, origin)))
    await Promise.all([...seen.open].map((socket) => once(socket.end(), 'finish')))
    // All are closed, and our side, kept busy until this timer, has had no chance to see it.
    const busyUntil = performance.now() + 5
    const timer = new Promise((resolve) => setTimeout(resolve, 1))
    while (performance.now() < busyUntil);
    await timer
    const results = await Promise.all(
      [1, 2].map(() => call(dispatcher, origin).catch((error: unknown) => error instanceof NotReadyError || error)),
    )
    expect(results.filter((result) => result !== 200 && result !== true)).toEqual([])
    await until(() => ready() >= 4)
    expect(await call(dispatcher, origin)).toBe(200)
  })

  test('the stock is renewed before the far side would find it idle, without a gap', async () => {
    const { origin, seen } = await serve(() => {})
    const { ready, expectCalls } = warm({ origin, spare: 5, settleMs: 20, idleMs: 1_500 })
    expectCalls()
    await until(() => ready() === 5)
    let least = 5
    const sampling = setInterval(() => (least = Math.min(least, ready())), 10)
    await until(() => seen.accepted >= 15)
    clearInterval(sampling)
    expect(least).toBeGreaterThanOrEqual(4)
    expect(seen.open.size).toBeLessThanOrEqual(10)
  })

  test('without calls for long the stock runs down, and comes back when work does', async () => {
    const { origin, seen } = await serve(() => {})
    const { ready, expectCalls } = warm({ origin, spare: 3, settleMs: 20, idleMs: 300, expectMs: 200 })
    expectCalls()
    await until(() => ready() === 3)
    await until(() => seen.open.size === 0)
    expect(ready()).toBe(0)
    expect(seen.accepted).toBeLessThanOrEqual(6)
    expectCalls()
    await until(() => ready() === 3)
  })
})

describe('a far side that is away or behaves badly', () => {
  test('is asked ever less often while no server listens, and found again', async () => {
    // Not a port that the kernel gives to clients: one that tries it again and again could be connected to itself.
    const [port] = (await choosePorts([{ for: 'test', preferred: null }], isPortFree, Math.random)).ports
    let attempts = 0
    const onSocket = () => void attempts++
    channel('net.client.socket').subscribe(onSocket)
    cleanups.push(() => void channel('net.client.socket').unsubscribe(onSocket))
    const origin = new URL(`http://127.0.0.1:${port}`)
    const { dispatcher, ready, expectCalls, problem } = warm({ origin, spare: 4, settleMs: 20 })
    const nudging = setInterval(expectCalls, 5)
    cleanups.push(() => clearInterval(nudging))
    await until(() => problem() !== null)
    expect(problem()).toContain('ECONNREFUSED')
    await new Promise((resolve) => setTimeout(resolve, 1_500)) // the time in which it must not hammer
    expect(attempts).toBeLessThanOrEqual(4 + 8)
    expect(ready()).toBe(0)
    await expect(call(dispatcher, origin)).rejects.toThrow(NotReadyError)
    await listen(
      createHttpServer((_request, response) => response.end('ok')),
      port,
    )
    await until(() => ready() === 4)
    expect(problem()).toBeNull()
    expect(await call(dispatcher, origin)).toBe(200)
  })

  test.each<[string, (socket: Socket) => void]>([
    ['closes what it accepts', (socket) => void socket.end()],
    ['resets what it accepts', (socket) => void setTimeout(() => socket.resetAndDestroy(), 5)],
    ['speaks unasked', (socket) => void socket.write('HTTP/1.1 408 Request Timeout\r\n\r\n')],
  ])('one that %s is not hammered, and no call is promised a connection', async (_name, behave) => {
    const { origin, seen } = await listen(createTcpServer(behave))
    const { ready, expectCalls, problem } = warm({ origin, spare: 4, settleMs: 50 })
    let promised = 0
    const nudging = setInterval(() => {
      expectCalls()
      promised = Math.max(promised, ready())
    }, 5)
    cleanups.push(() => clearInterval(nudging))
    await until(() => seen.accepted > 5)
    await new Promise((resolve) => setTimeout(resolve, 1_000)) // the time in which it must not hammer
    expect(seen.accepted).toBeLessThanOrEqual(6 + 7)
    expect(promised).toBe(0)
    expect(problem()).not.toBeNull()
  })
})

describe('the end', () => {
  test('close() ends the calls under way and leaves no socket and no timer', async () => {
    const { origin, seen } = await serve(() => {})
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    const before = timers()
    const { dispatcher, ready, expectCalls, close } = createWarmConnections({ origin, spare: 4, settleMs: 20 })
    expectCalls()
    await until(() => ready() === 4)
    const failed = call(dispatcher, origin).then(
      () => 'answered',
      () => 'failed',
    )
    await until(() => seen.accepted === 5)
    await close()
    expect(await failed).toBe('failed')
    expect(ready()).toBe(0)
    expectCalls()
    await expect(call(dispatcher, origin)).rejects.toThrow(NotReadyError)
    await until(() => seen.open.size === 0)
    expect(seen.accepted).toBe(5)
    expect(timers()).toBeLessThanOrEqual(before)
  })

  test('TLS by the authorities of NODE_EXTRA_CA_CERTS, no cold call, and what is idle keeps no process alive', async () => {
    const { origin } = await serve(answerAfter(() => 5))
    const proxy = await startSlowProxy({ target: origin, handshakeMs: 150, tls: true })
    cleanups.push(proxy.stop)
    const script = `
      const { createWarmConnections } = await import(${JSON.stringify(new URL('warm-connections.ts', import.meta.url).href)})
      const origin = new URL(process.argv[1])
      const { dispatcher, ready, expectCalls, problem } = createWarmConnections({ origin, spare: 3 })
      expectCalls()
      while (ready() < 3 && problem() === null) await new Promise((resolve) => setTimeout(resolve, 5))
      if (problem() !== null) throw new Error(problem())
      for (const path of ['/', '/']) {
        const { statusCode, body } = await dispatcher.request({ origin, path, method: 'POST', body: '{}' })
        console.log(statusCode, await body.text())
      }`
    const run = async (env: Record<string, string>) => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', script, proxy.url], { env })
      let output = ''
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)))
      cleanups.push(() => void child.kill('SIGKILL'))
      const [code] = (await once(child, 'close')) as [number | null]
      return { code, output }
    }
    expect(await run({ NODE_EXTRA_CA_CERTS: proxy.caFile ?? '' })).toEqual({ code: 0, output: '200 ok\n200 ok\n' })
    expect(proxy.stats()).toMatchObject({ requestsOnColdConnections: 0 })
    expect(await run({})).toMatchObject({ code: 1, output: expect.stringContaining('self-signed') })
  })
})
