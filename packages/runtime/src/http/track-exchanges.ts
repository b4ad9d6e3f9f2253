import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** A request and its answer, from the request's head until the answer is handed over. */
export interface Exchange {
  request: IncomingMessage
  response: ServerResponse
}

/** The exchanges of each open connection, in the order in which they came and must be answered. */
export type Exchanges = ReadonlyMap<Socket, ReadonlySet<Exchange>>

/** `ended` is called after each exchange whose connection is still open. */
export function trackExchanges(
  server: Server,
  ended: (exchange: Exchange, socket: Socket, left: ReadonlySet<Exchange>) => void,
): Exchanges {
  const exchanges = new Map<Socket, Set<Exchange>>()

  server.on('connection', (socket: Socket) => {
    exchanges.set(socket, new Set())
    socket.once('close', () => exchanges.delete(socket))
  })

  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request
    const ofSocket = exchanges.get(socket)
    if (ofSocket === undefined) return // closed already
    const exchange = { request, response }
    ofSocket.add(exchange)
    response.once('close', () => {
      ofSocket.delete(exchange)
      if (!socket.destroyed) ended(exchange, socket, ofSocket)
    })
  })

  return exchanges
}

/** The exchange that all others of the connection wait for; undefined when there is none. */
export function firstOf(exchanges: ReadonlySet<Exchange> | undefined): Exchange | undefined {
  return exchanges?.values().next().value
}

/**
 * What the client must do before the exchange can go on: send the rest of its `body`, or take the `answer`. Null while
 * it is for us, or for what we ask in turn.
 */
export function owedBy({ request, response }: Exchange): 'body' | 'answer' | null {
  if (response.writableEnded || response.writableNeedDrain) return 'answer'
  // What has come and was not read yet is for us to read.
  return request.complete || request.readableLength > 0 ? null : 'body'
}
