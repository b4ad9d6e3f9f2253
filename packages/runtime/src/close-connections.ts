import type { Socket } from 'node:net'
import { problemType } from './problem.ts'
import { refuseConnection } from './refuse-connection.ts'
import { firstOf, owedBy } from './track-exchanges.ts'
import type { Exchange, Exchanges } from './track-exchanges.ts'

/** How long a client may keep a stop waiting, at least; at most it is twice as long. */
const GRACE_MS = 1_000

/**
 * Closes connections until none is left, which is what a server that closes waits for. Requests that have come whole are
 * answered first. Connections that are idle go at once; those whose client has yet to send the rest of its body, or to take its
 * answer, after a grace. Returns what ends the closing.
 */
export function closeConnections(exchanges: Exchanges): () => void {
  const owedBefore = new WeakMap<Exchange, string>()

  function sweep(): void {
    for (const [socket, ofSocket] of exchanges) {
      const first = firstOf(ofSocket)
      if (first === undefined) {
        socket.destroy()
        continue
      }
      const owed = owedAtStop(first, socket)
      if (owed === null) owedBefore.delete(first)
      else if (owedBefore.get(first) !== owed) owedBefore.set(first, owed)
      else refuseConnection(socket, first, STOPPING, { 'Retry-After': '1' })
    }
  }

  for (const ofSocket of exchanges.values()) {
    for (const { response } of ofSocket) if (!response.headersSent) response.setHeader('connection', 'close')
  }
  sweep()
  const timer = setInterval(sweep, GRACE_MS)
  return () => clearInterval(timer)
}

/** A body that comes in drops is no progress, since it could go on for ever; an answer that is being taken is. */
function owedAtStop(exchange: Exchange, socket: Socket): string | null {
  if (!exchange.request.complete) return 'body'
  return owedBy(exchange) === 'answer' ? `answer, ${socket.bytesWritten}` : null
}

const STOPPING = {
  type: problemType('stopping'),
  title: 'The service is stopping',
  status: 503,
  detail: 'The service is stopping and has not got the whole request. Send it again.',
}
