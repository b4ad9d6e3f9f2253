import type { Logger } from '@insights/runtime/logger'
import { Client, Dispatcher, type buildConnector } from 'undici'
import { stockSockets } from './stock-sockets.ts'

export interface WarmConnections {
  /**
   * Sends a request on a connection that is set up, or fails it with `NotReadyError`; it never makes one wait for
   * another.
   */
  dispatcher: Dispatcher
  /** How many calls could leave now without waiting for a connection. */
  ready(): number
  /** Work is there: `spare` connections are kept ready from now on for `expectMs`. A call says so too. */
  expectCalls(): void
  /**
   * Why connections cannot be opened at present, e.g. `connect ECONNREFUSED …`; null when they can, or when none was
   * tried.
   */
  problem(): string | null
  /** Ends the calls under way; resolves when every socket is closed. */
  close(): Promise<void>
}

/** The request did not leave: no connection was ready for it. */
export class NotReadyError extends Error {
  override name = 'NotReadyError'
}

/**
 * Connections to one origin that are set up before a call needs them. A client that connects on demand lands its call a
 * TLS handshake later, beside its successors, and the receiver sees eleven in a second of ten.
 *
 * Each connection has an undici `Client` of its own, made when a call takes a socket from the stock. undici's `Pool`
 * would hand a call to its first free client also when that one has to connect and another is connected. A connection
 * whose call is answered is the next one used; kept-alive ones and the stock make up the spare ones together, but half
 * of them stay in stock: connections that were used together idle out together. Never more than `maxSockets` in all.
 *
 * There are no time limits on answers here: the caller aborts.
 */
export function createWarmConnections({
  origin,
  spare,
  settleMs = 250,
  idleMs = 25_000,
  expectMs = 60_000,
  maxSockets = 2_000,
  log,
}: {
  origin: URL
  spare: number
  settleMs?: number | undefined
  idleMs?: number | undefined
  /** How long calls are expected after the last one: an idle process does not reconnect for ever. */
  expectMs?: number | undefined
  maxSockets?: number | undefined
  log?: Logger | undefined
}): WarmConnections {
  const clients = new Set<Client>()
  /** Connected and without a call, the last used last. */
  const idle: { client: Client; since: number }[] = []
  /** Sockets of the stock that calls are about to take. */
  let promised = 0
  let expectedUntil = -Infinity
  let closed = false
  const stock = stockSockets({
    origin,
    settleMs,
    idleMs,
    log,
    lacking: (fresh) => {
      if (performance.now() > expectedUntil) return 0
      const unused = fresh - promised
      const missing = Math.max(spare - unused - idle.length, Math.ceil(spare / 2) - unused)
      return Math.min(missing, maxSockets - (clients.size - promised + stock.size()))
    },
  })

  const isAlive = ({ client, since }: (typeof idle)[number]) =>
    client.stats.connected && performance.now() - since < idleMs
  const ready = () => (closed ? 0 : idle.filter(isAlive).length + Math.max(0, stock.warm() - promised))

  /**
   * Not at once: what the far side has already sent or closed is read first, as undici does before it uses a connection
   * again. A client whose connection turned out to be closed comes here for another one.
   */
  const connect: buildConnector.connector = (_options, callback) => {
    promised++
    setImmediate(() => {
      promised--
      const socket = stock.take()
      if (socket) callback(null, socket)
      else callback(new NotReadyError('the connection was closed before the request could leave'), null)
      stock.fill()
    })
  }

  function addClient(): Client {
    const client = new Client(origin, {
      connect,
      pipelining: 1,
      allowH2: false,
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: idleMs,
      keepAliveMaxTimeout: idleMs,
    })
    clients.add(client)
    client.on('drain', () => release(client))
    client.on('disconnect', () => {
      if (idle.some((one) => one.client === client)) discard(client)
    })
    return client
  }

  function takeIdle(): Client | undefined {
    for (let last = idle.pop(); last !== undefined; last = idle.pop()) {
      if (isAlive(last)) return last.client
      discard(last.client)
    }
    return undefined
  }

  /** Its call is over. */
  function release(client: Client): void {
    if (!clients.has(client) || idle.some((one) => one.client === client)) return
    if (client.stats.connected) idle.push({ client, since: performance.now() })
    else discard(client)
  }

  function discard(client: Client): void {
    clients.delete(client)
    const index = idle.findIndex((one) => one.client === client)
    if (index >= 0) idle.splice(index, 1)
    void client.destroy()
    stock.fill()
  }

  function expectCalls(): void {
    expectedUntil = performance.now() + expectMs
    stock.fill()
  }

  function dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const client = closed ? undefined : (takeIdle() ?? (stock.warm() > promised ? addClient() : undefined))
    expectCalls()
    if (client === undefined) {
      handler.onResponseError?.(NO_CONTROLLER, new NotReadyError('no connection is ready'))
      return false
    }
    client.dispatch(options, handler)
    if (client.stats.size === 0) release(client) // refused as a request
    return true
  }

  async function close(): Promise<void> {
    closed = true
    await Promise.all([stock.close(), ...[...clients].map((client) => client.destroy())])
  }

  const dispatcher = Object.assign(new Dispatcher(), { dispatch, close, destroy: close })
  return { dispatcher, ready, expectCalls, problem: stock.problem, close }
}

/** undici itself gives null for a request that never started; only its types do not say so. */
const NO_CONTROLLER = null as unknown as Dispatcher.DispatchController
