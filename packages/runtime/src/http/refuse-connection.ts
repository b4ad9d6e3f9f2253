import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { PROBLEM_CONTENT_TYPE } from './problem.ts'
import type { Problem } from './problem.ts'
import type { Exchange } from './track-exchanges.ts'

/**
 * Ends a connection that cannot be served on, with the problem if it can be told: not into the middle of an answer, and
 * not in the place of another request's. Written to the bare socket, since there is no whole request that could be
 * answered.
 */
export function refuseConnection(
  socket: Socket,
  exchange: Exchange | undefined,
  problem: Problem,
  headers: Record<string, string> = {},
): void {
  const takesAnswer = exchange === undefined || (!exchange.request.complete && !exchange.response.headersSent)
  if (!takesAnswer || !socket.writable) {
    socket.destroy()
    return
  }
  const body = JSON.stringify(problem)
  const head = {
    'Content-Type': PROBLEM_CONTENT_TYPE,
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
    ...headers,
  }
  const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(`HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}\r\n${lines.join('')}\r\n${body}`)
  socket.destroySoon()
}
