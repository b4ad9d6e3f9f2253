import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { closeConnections } from './close-connections.ts'
import type { Logger } from '../logger.ts'
import type { Problem } from './problem.ts'
import { refuseConnection } from './refuse-connection.ts'
import { firstOf, owedBy, trackExchanges } from './track-exchanges.ts'
import type { Exchange, Exchanges } from './track-exchanges.ts'

/**
 * No variables: what is slower or more than this is a fault or an attack and no client, wherever the service runs. A
 * megabyte in 30 s is 35 KB/s.
 */
const LIMITS = {
  /** For a request to arrive, from its first byte to its last; 0 for no limit. */
  requestMs: 30_000,
  /** For its head; also for the first byte on a new connection. */
  headMs: 30_000,
  /** Without a byte while it is the client's turn: the rest of a body, or an answer that is not taken. */
  idleMs: 60_000,
  /** For the rest of a body that was answered before it had arrived. */
  lingerMs: 2_000,
  connections: 10_000,
}
export type ConnectionLimits = typeof LIMITS

const CHECK_EVERY_MS = 1_000
const LOG_EVERY_MS = 10_000

export interface BoundConnections {
  /** What Fastify must be made with. */
  options: {
    requestTimeout: number
    http: { headersTimeout: number; connectionsCheckingInterval: number }
    clientErrorHandler: (error: NodeJS.ErrnoException, socket: Socket) => void
  }
  /** Call before the server listens. */
  watch(server: Server): void
  /** Call when the server begins to close (`preClose`): that ends once the requests that came whole are answered. */
  close(): void
}

/**
 * Bounds what connections may cost a server in number and time, and ends them when it closes. A client that is too slow
 * is told so with 408 where it can be.
 */
export function boundConnections({
  log,
  limits,
}: {
  log: Pick<Logger, 'warn'>
  limits?: Partial<ConnectionLimits> | undefined
}): BoundConnections {
  const { requestMs, headMs, idleMs, lingerMs, connections } = { ...LIMITS, ...limits }
  let exchanges: Exchanges = new Map()
  let server: Server | undefined
  let closing = false

  return {
    options: {
      requestTimeout: requestMs,
      http: {
        // Were it the longer one of the two, Node would look at neither.
        headersTimeout: requestMs > 0 ? Math.min(headMs, requestMs) : headMs,
        connectionsCheckingInterval: Math.min(CHECK_EVERY_MS, headMs),
      },
      clientErrorHandler: (error, socket) => answerClientError(error, socket, firstOf(exchanges.get(socket))),
    },

    watch(watched) {
      server = watched
      exchanges = trackExchanges(server, (exchange, socket, left) => {
        if (closing && left.size === 0) socket.destroySoon()
        else if (!exchange.request.complete) linger(exchange, socket, lingerMs)
      })
      // close() calls it, and to Node a connection is idle once its answer is written, taken or not: it cut answers
      // short. We end idle ones ourselves.
      server.closeIdleConnections = () => {}
      server.maxConnections = connections
      logDrops(server, log)
      server.on('connection', (socket: Socket) => {
        if (closing) socket.destroy() // came between the decision to close and the end of listening
      })
      server.on('request', (_request, response) => {
        if (closing) response.setHeader('connection', 'close')
      })
      server.setTimeout(idleMs, (socket) => endIdle(socket, firstOf(exchanges.get(socket)), idleMs))
    },

    close() {
      closing = true
      const end = closeConnections(exchanges)
      server?.once('close', end)
    },
  }
}

/**
 * Node reads what is left of an answered body and drops it, so that the client gets to its answer; but not for ever.
 */
function linger({ request }: Exchange, socket: Socket, ms: number): void {
  const timer = setTimeout(() => socket.destroy(), ms)
  request.once('close', () => clearTimeout(timer))
}

function endIdle(socket: Socket, exchange: Exchange | undefined, idleMs: number): void {
  // Kept alive and not used, which has a time-out of its own.
  if (exchange === undefined) socket.destroy()
  else if (owedBy(exchange) === null) socket.setTimeout(idleMs)
  else refuseConnection(socket, exchange, TOO_SLOW)
}

/** The answer to what is not HTTP, or came too slowly. */
function answerClientError(error: NodeJS.ErrnoException, socket: Socket, exchange: Exchange | undefined): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  // Opened ahead of need and never used: there is nothing to answer.
  if (socket.bytesRead === 0) socket.destroy()
  else refuseConnection(socket, exchange, CLIENT_ERRORS[error.code ?? ''] ?? UNREADABLE)
}

function logDrops(server: Server, log: Pick<Logger, 'warn'>): void {
  let loggedAt = -Infinity
  server.on('drop', () => {
    if (performance.now() - loggedAt < LOG_EVERY_MS) return
    loggedAt = performance.now()
    log.warn({ connections: server.maxConnections }, 'new connections are refused: too many are open already')
  })
}

const UNREADABLE: Problem = {
  type: 'about:blank',
  title: 'Bad Request',
  status: 400,
  detail: 'This is not a request that can be read.',
}
const TOO_SLOW: Problem = {
  type: 'about:blank',
  title: 'Request Timeout',
  status: 408,
  detail: 'The request did not arrive in time.',
}
const CLIENT_ERRORS: Record<string, Problem> = {
  ERR_HTTP_REQUEST_TIMEOUT: TOO_SLOW,
  HPE_HEADER_OVERFLOW: {
    type: 'about:blank',
    title: 'Request Header Fields Too Large',
    status: 431,
    detail: 'The address and the header fields are too large together.',
  },
}
