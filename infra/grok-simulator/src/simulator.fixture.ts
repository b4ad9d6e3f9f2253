import { randomUUID } from 'node:crypto'
import { Agent, request, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { HttpServer } from '@insights/runtime/http/http-server'
import { createLogger } from '@insights/runtime/logger'
import { chatRequest, item } from './requests/chat-request.fixture.ts'
import { createSimulator } from './create-simulator.ts'
import type { Stats } from './stats/gather-stats.ts'
import type { CallRecord } from './stats/log-calls.ts'

const servers: HttpServer[] = []

/** For `afterEach`: closes what the test has made. */
export async function closeSimulators(): Promise<void> {
  await Promise.all(servers.splice(0).map((server) => server.close()))
}

export function simulator(
  settings: { rps?: number; tpm?: number; medianMs?: number; now?: () => number } = {},
): HttpServer {
  const server = createSimulator({
    log: createLogger({ service: 'grok-simulator', level: 'silent' }),
    keys: ['simulator'],
    seed: 1,
    settings: {
      rps: settings.rps ?? 10,
      tpm: settings.tpm ?? 0,
      private: [],
      latency: { median_ms: settings.medianMs ?? 0, sigma: 0, tail_share: 0, tail_factor: 1 },
    },
    now: settings.now ?? (() => performance.now()),
    wallClock: Date.now,
    newId: randomUUID,
  })
  servers.push(server)
  return server
}

export const authorization = 'Bearer simulator'

export async function stats(server: HttpServer): Promise<Stats> {
  return (await server.inject('/__sim/stats')).json()
}

export async function calls(server: HttpServer, last = 100): Promise<CallRecord[]> {
  return (await server.inject(`/__sim/calls?last=${last}`)).json()
}

export function configure(server: HttpServer, change: object) {
  return server.inject({ method: 'POST', url: '/__sim/config', body: change })
}

export async function listen(server: HttpServer): Promise<string> {
  await server.listen({ host: '127.0.0.1', port: 0 })
  const { port } = server.server.address() as AddressInfo
  return `http://127.0.0.1:${port}`
}

/** The body of a call with one conversation for each text. */
export const bodyOf = (...texts: string[]) => JSON.stringify(chatRequest(texts.map((text, i) => item(`a${i}`, text))))

/** One call on a socket; the response is given when its head is there, its body not read yet. */
export function send(
  base: string,
  {
    body = bodyOf('Where is my parcel?'),
    agent = new Agent(),
    path = '/v1/chat/completions',
    headers = {} as Record<string, string>,
  } = {},
) {
  const sent = request(base + path, {
    method: 'POST',
    agent,
    headers: { authorization, 'content-type': 'application/json', ...headers },
  })
  const head = new Promise<IncomingMessage>((resolve, reject) => sent.on('response', resolve).on('error', reject))
  sent.end(body)
  return { head, leave: () => sent.destroy() }
}

export async function readAll(response: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of response) text += String(chunk)
  return text
}

/** One whole call on a socket. */
export async function exchange(base: string, call: Parameters<typeof send>[1] = {}) {
  const response = await send(base, call).head
  return { status: response.statusCode, headers: response.headers, text: await readAll(response) }
}

/** A simulator without a rate limit, with these faults, listening. */
export async function failing(...faults: object[]) {
  const server = simulator({ rps: 0 })
  await configure(server, { faults })
  return { server, base: await listen(server) }
}
