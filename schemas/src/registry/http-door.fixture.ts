import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>

/** A door on loopback that a test opens, shuts and breaks at will; a real registry may stand behind it. */
export interface HttpDoor {
  url: string
  /** `GET /path` of every request that came through. */
  requests: string[]
  handle: Handler
  /** From now on connections are refused. */
  shut(): Promise<void>
  open(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export async function openDoor(handle: Handler): Promise<HttpDoor> {
  const requests: string[] = []
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`)
    void door.handle(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const door: HttpDoor = {
    url: `http://127.0.0.1:${port}`,
    requests,
    handle,
    async shut() {
      if (!server.listening) return
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
    async open() {
      server.listen(port, '127.0.0.1')
      await once(server, 'listening')
    },
    [Symbol.asyncDispose]: () => door.shut(),
  }
  return door
}

/** Lets everything through to `target`, an address without a path at its end. */
export function forwardTo(target: string): Handler {
  return async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { method = 'GET', url = '/', headers } = request
    const answer = await fetch(`${target}${url}`, {
      method,
      headers: { 'content-type': headers['content-type'] ?? 'application/json' },
      ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
    })
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'application/json' })
    response.end(Buffer.from(await answer.arrayBuffer()))
  }
}

export function answerWith(status: number, body: string, contentType = 'application/json'): Handler {
  return (_, response) => {
    response.writeHead(status, { 'content-type': contentType }).end(body)
  }
}

/** Sends half of a body and breaks the connection. */
export const breakInBody: Handler = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1_000 })
  response.write('{"schema":"', () => response.destroy())
}

/** Takes the request and never answers. */
export const hang: Handler = () => undefined
