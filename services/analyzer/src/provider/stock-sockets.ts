import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { drawBackoffMs } from '@insights/runtime/backoff'
import type { Logger } from '@insights/runtime/logger'

export interface SocketStock {
  /** Sockets that could be taken now. */
  warm(): number
  /** All, also those that are still being opened or are to be replaced. */
  size(): number
  /** The newest warm socket, which the far side is least likely to be closing; the taker's from then on. */
  take(): Socket | undefined
  /** Opens what is lacking, a bounded number at once, when no back-off forbids it. */
  fill(): void
  /** Why sockets cannot be opened at present; null when they can, or when none was tried. */
  problem(): string | null
  /** Resolves when every socket is closed. */
  close(): Promise<void>
}

interface Stocked {
  socket: Socket
  /** `ageing` ones can still be taken, but are being replaced. */
  stage: 'opening' | 'settling' | 'warm' | 'ageing'
  /** When it was set up, monotonic milliseconds. */
  openedAt: number
  timer: NodeJS.Timeout | undefined
  /** Takes our listeners off, and ours only: Node has some of its own on a socket. */
  letGo: () => void
}

/**
 * Sockets to one origin, set up (TLS too) and unused. One is warm `settleMs` after its set-up, as there are proxies
 * that set up their own side only after they have accepted ours. It is dropped when the far side closes it or says
 * anything unasked, and replaced before it has been idle for `idleMs`, at a moment of its own, so that they never go
 * all together. `lacking` tells how many to open, given how many there are that need no replacement. Nothing here keeps
 * a process alive.
 */
export function stockSockets({
  origin,
  settleMs,
  idleMs,
  lacking,
  log,
}: {
  origin: URL
  settleMs: number
  idleMs: number
  lacking: (fresh: number) => number
  log?: Logger | undefined
}): SocketStock {
  const stock = new Set<Stocked>()
  let failures = 0
  let problem: string | null = null
  let retry: NodeJS.Timeout | undefined
  let session: Buffer | undefined
  let closed = false

  function count(fits: (one: Stocked) => boolean): number {
    let fitting = 0
    for (const one of stock) if (fits(one)) fitting++
    return fitting
  }

  function fill(): void {
    if (closed || retry !== undefined) return
    const missing = lacking(count(({ stage }) => stage !== 'ageing'))
    if (missing <= 0) return
    // After a failure one at a time: a server that is down or overloaded does not get all of them at once.
    const places =
      failures > 0
        ? 1 - count(({ stage }) => stage === 'opening' || stage === 'settling')
        : OPENING_AT_ONCE - count(({ stage }) => stage === 'opening')
    for (let left = Math.min(places, missing); left > 0; left--) open()
  }

  function open(): void {
    const socket = connectTo(origin, session)
    const lose = (error: Error) => drop(one, error)
    const farSideActed = () => lose(new Error('the far side ended a connection on which nothing was asked'))
    const letGo = () => {
      socket.off('error', lose)
      for (const event of ['end', 'close', 'readable']) socket.off(event, farSideActed)
    }
    const one: Stocked = { socket, stage: 'opening', openedAt: 0, timer: undefined, letGo }
    stock.add(one)
    socket.on('error', lose).on('end', farSideActed).on('close', farSideActed)
    socket.on('session', (latest: Buffer) => (session = latest))
    socket.once(origin.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
      one.stage = 'settling'
      one.openedAt = performance.now()
      socket.on('readable', farSideActed)
      setTimer(one, settleMs, () => settle(one))
      fill()
    })
    setTimer(one, CONNECT_MS, () => lose(new Error(`no connection to ${origin.host} within ${CONNECT_MS} ms`)))
  }

  function settle(one: Stocked): void {
    one.stage = 'warm'
    if (problem !== null) log?.info({ origin: origin.origin }, 'connections can be opened again')
    failures = 0
    problem = null
    const freshMs = idleMs * (0.6 + 0.3 * Math.random())
    setTimer(one, freshMs - settleMs, () => {
      one.stage = 'ageing'
      setTimer(one, idleMs - freshMs, () => drop(one))
      fill()
    })
    fill()
  }

  function drop(one: Stocked, error?: Error): void {
    if (!stock.delete(one)) return
    clearTimeout(one.timer)
    one.socket.destroy()
    const young = one.stage === 'opening' || performance.now() - one.openedAt < YOUNG_MS
    // A socket that is closed soon counts as a failure to connect: a server that accepts and closes must not be asked
    // at full speed either.
    if (error !== undefined && young && !closed) backOff(error)
    fill()
  }

  function backOff(error: Error): void {
    session = undefined
    if (retry !== undefined) return
    if (problem === null) log?.warn({ err: error, origin: origin.origin }, 'connections cannot be opened')
    problem = describe(error)
    retry = setTimeout(
      () => {
        retry = undefined
        fill()
      },
      drawBackoffMs(failures++, Math.random, { capMs: 5_000 }),
    ).unref()
  }

  return {
    warm: () => count(warmAt(performance.now(), idleMs)),
    size: () => stock.size,
    take: () => {
      const one = [...stock].findLast(warmAt(performance.now(), idleMs))
      if (one === undefined) return undefined
      stock.delete(one)
      clearTimeout(one.timer)
      one.letGo()
      return one.socket.ref()
    },
    fill,
    problem: () => problem,
    close: async () => {
      closed = true
      clearTimeout(retry)
      const sockets = [...stock].map(({ socket }) => new Promise((resolve) => socket.once('close', resolve)))
      for (const one of stock) drop(one)
      await Promise.all(sockets)
    },
  }
}

/** More handshakes at once would delay each other and everything else. */
const OPENING_AT_ONCE = 32
const CONNECT_MS = 10_000
const YOUNG_MS = 1_000

/** The age is looked at, too: after a suspension the timers may come later than the call. */
const warmAt =
  (now: number, idleMs: number) =>
  ({ socket, stage, openedAt }: Stocked): boolean =>
    (stage === 'warm' || stage === 'ageing') && !socket.destroyed && now - openedAt < idleMs

function setTimer(one: Stocked, ms: number, then: () => void): void {
  clearTimeout(one.timer)
  one.timer = setTimeout(then, ms).unref()
}

/** Node's own certificate authorities, so `NODE_EXTRA_CA_CERTS` counts. HTTP/1.1 only. */
function connectTo(origin: URL, session: Buffer | undefined): Socket {
  const host = origin.hostname.replace(/^\[|\]$/g, '')
  const secure = origin.protocol === 'https:'
  const address = { host, port: Number(origin.port) || (secure ? 443 : 80) }
  const socket = secure
    ? connectTls({
        ...address,
        ALPNProtocols: ['http/1.1'],
        ...(isIP(host) === 0 && { servername: host }),
        ...(session && { session }),
      })
    : connectTcp(address)
  return socket.setNoDelay(true).setKeepAlive(true, 60_000).unref()
}

/** When every address of a host failed, the error has no message of its own. */
function describe(error: Error): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : undefined
  return error.message || (first instanceof Error ? first.message : error.name)
}
