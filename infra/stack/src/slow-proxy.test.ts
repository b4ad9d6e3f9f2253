import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { connect as connectTcp, type AddressInfo, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { once } from 'node:events'
import { afterEach, expect, test, vi } from 'vitest'
import { startSlowProxy } from './slow-proxy.ts'

const cleanups: (() => Promise<unknown> | void)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

/** A proxy before a server that answers `hello` after `latencyMs`. */
async function proxied(options: { handshakeMs?: number; idleCloseMs?: number; tls?: boolean; latencyMs?: number }) {
  const { latencyMs = 0, ...proxyOptions } = options
  const server = createServer((_request, response) => void setTimeout(() => response.end('hello'), latencyMs))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(() => new Promise((resolve) => server.closeAllConnections() ?? server.close(resolve)))
  const target = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`)
  const proxy = await startSlowProxy({ target, ...proxyOptions })
  cleanups.push(proxy.stop)
  const port = Number(new URL(proxy.url).port)
  const connect = async () => {
    const socket = proxy.caFile
      ? connectTls({ port, host: '127.0.0.1', ca: await readFile(proxy.caFile) })
      : connectTcp({ port, host: '127.0.0.1' })
    await once(socket, proxy.caFile ? 'secureConnect' : 'connect')
    cleanups.push(() => void socket.destroy())
    return socket
  }
  return { proxy, connect }
}
const ask = (socket: Socket) => socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
const elapsed = () => {
  const start = performance.now()
  return () => performance.now() - start
}

test('a request on a new connection is answered only after the handshake time, and counts as cold', async () => {
  const { proxy, connect } = await proxied({ handshakeMs: 120 })
  expect(proxy.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1$/)
  const took = elapsed()
  const socket = await connect()
  ask(socket)
  expect(String(await once(socket, 'data'))).toContain('hello')
  expect(took()).toBeGreaterThanOrEqual(115)
  expect(proxy.stats()).toEqual({ connections: 1, open: 1, closedIdle: 0, requestsOnColdConnections: 1 })
})

test('with TLS it is the handshake that takes its time; who asks right after it had waited for it', async () => {
  const { proxy, connect } = await proxied({ handshakeMs: 120, tls: true })
  const took = elapsed()
  const socket = await connect()
  expect(took()).toBeGreaterThanOrEqual(115)
  ask(socket)
  expect(String(await once(socket, 'data'))).toContain('hello')
  expect(proxy.stats().requestsOnColdConnections).toBe(1)
})

test.each([false, true])(
  'a connection that was set up well before its first request is not cold (tls: %s)',
  async (tls) => {
    const { proxy, connect } = await proxied({ handshakeMs: 30, tls })
    const socket = await connect()
    await new Promise((resolve) => setTimeout(resolve, 120)) // the age of the connection is what is tested
    ask(socket)
    expect(String(await once(socket, 'data'))).toContain('hello')
    ask(socket)
    expect(String(await once(socket, 'data'))).toContain('hello')
    expect(proxy.stats().requestsOnColdConnections).toBe(0)
  },
)

test('closes a connection that is idle, used or not, and none that waits for its answer', async () => {
  const { proxy, connect } = await proxied({ handshakeMs: 10, idleCloseMs: 60, latencyMs: 250 })
  const [unused, used] = [await connect(), await connect()]
  unused.resume()
  ask(used)
  const ends = once(used, 'close')
  await once(unused, 'close')
  expect(String(await once(used, 'data'))).toContain('hello')
  expect(proxy.stats().closedIdle).toBe(1)
  used.resume()
  await ends
  await vi.waitFor(() => expect(proxy.stats()).toMatchObject({ closedIdle: 2, open: 0 }))
})

test('a target that is away ends the connection and not the proxy', async () => {
  const proxy = await startSlowProxy({ target: new URL('http://127.0.0.1:9'), handshakeMs: 10 })
  cleanups.push(proxy.stop)
  const socket = connectTcp({ port: Number(new URL(proxy.url).port), host: '127.0.0.1' }).resume()
  await once(socket, 'close')
  await vi.waitFor(() => expect(proxy.stats().open).toBe(0))
})

test('says what is missing when there is no openssl', async () => {
  vi.stubEnv('PATH', '/nowhere')
  cleanups.push(() => void vi.unstubAllEnvs())
  await expect(startSlowProxy({ target: new URL('http://127.0.0.1:9'), tls: true })).rejects.toThrow('openssl')
})
