import { createServer, request as forward, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Passes requests on to `target`, unless `meddle` takes one over by returning true. */
export async function startProxy(
  target: string,
  meddle: (request: IncomingMessage, response: ServerResponse) => boolean,
) {
  const server: Server = createServer((request, response) => {
    if (meddle(request, response)) return
    const onward = forward(
      new URL(`${new URL(target).origin}${request.url}`),
      { method: request.method, headers: request.headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(response)
      },
    )
    onward.on('error', () => response.destroy())
    request.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const stop = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { url: `http://127.0.0.1:${port}${new URL(target).pathname}`, stop }
}
