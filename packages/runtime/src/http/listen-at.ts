import type { Part } from '../lifecycle.ts'

/** The part that is a server, of Fastify's kind; `close()` answers what is in flight. */
export function listenAt(
  { host, port }: { host: string; port: number },
  server: { listen(at: { host: string; port: number }): Promise<unknown>; close(): PromiseLike<void> },
  name = 'http',
): Part {
  return {
    name,
    start: async () => void (await server.listen({ host, port })),
    stop: async () => server.close(),
  }
}
