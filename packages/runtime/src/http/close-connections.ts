import { problemType } from './problem.ts'
import { refuseConnection } from './refuse-connection.ts'
import { firstOf, owedBy } from './track-exchanges.ts'
import type { Exchange, Exchanges } from './track-exchanges.ts'

/** How long a client may keep a stop waiting: for the rest of its body, or until it has taken its answer. */
const GRACE_MS = { body: 1_000, answer: 5_000 }
const LOOK_EVERY_MS = 250

/**
 * Closes connections until none is left, which is what a server that closes waits for. Requests that have come whole
 * are answered first. Connections that are idle go at once, those that wait for their client after a grace, progress or
 * not: drops of a body could go on for ever. Returns what ends the closing.
 */
export function closeConnections(exchanges: Exchanges): () => void {
  const owing = new WeakMap<Exchange, { what: keyof typeof GRACE_MS; since: number }>()

  function look(): void {
    for (const [socket, ofSocket] of exchanges) {
      const first = firstOf(ofSocket)
      if (first === undefined) {
        socket.destroy()
        continue
      }
      const what = first.request.complete ? owedBy(first) : 'body'
      const known = owing.get(first)
      if (what === null) owing.delete(first)
      else if (known?.what !== what) owing.set(first, { what, since: performance.now() })
      else if (performance.now() - known.since >= GRACE_MS[what]) {
        refuseConnection(socket, first, STOPPING, { 'Retry-After': '1' })
      }
    }
  }

  for (const ofSocket of exchanges.values()) {
    for (const { response } of ofSocket) if (!response.headersSent) response.setHeader('connection', 'close')
  }
  look()
  const timer = setInterval(look, LOOK_EVERY_MS)
  return () => clearInterval(timer)
}

const STOPPING = {
  type: problemType('stopping'),
  title: 'The service is stopping',
  status: 503,
  detail: 'The service is stopping and has not got the whole request. Send it again.',
}
