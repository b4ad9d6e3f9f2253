import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { HttpServer } from './http-server.ts'

/**
 * Makes `close()` end when the requests in flight have been answered. By itself Node waits for connections that were
 * opened ahead of need and never sent a request, and for a keep-alive connection whose request outlasted the call.
 */
export function closeConnections(server: HttpServer): void {
  const inFlight = new Map<Socket, number>()
  let closing = false

  server.server.on('connection', (socket: Socket) => {
    if (closing) socket.destroy() // came between the decision to close and the end of listening
    inFlight.set(socket, 0)
    socket.once('close', () => inFlight.delete(socket))
  })

  server.server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    inFlight.set(socket, (inFlight.get(socket) ?? 0) + 1)
    response.once('close', () => {
      const left = (inFlight.get(socket) ?? 1) - 1
      if (socket.destroyed) return
      inFlight.set(socket, left)
      if (closing && left === 0) socket.end()
    })
  })

  server.addHook('onSend', (_request, reply, payload, done) => {
    if (closing) reply.header('connection', 'close')
    done(null, payload)
  })

  server.addHook('preClose', async () => {
    closing = true
    for (const [socket, requests] of inFlight) if (requests === 0) socket.destroy()
  })
}
