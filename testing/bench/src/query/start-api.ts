import { Agent, request } from 'node:http'
import { choosePorts, isPortFree } from '@insights/stack/choose-ports'
import { processes } from '@insights/stack/process-table'
import { spawnProcess } from '@insights/stack/spawn-process'

/** The query API as a process of its own, and a client that asks it over one connection that stays. */
export interface Api {
  /** The answer to a GET, and how long it took, ms. Rejects when it is not 200. */
  get<T>(path: string, query: URLSearchParams): Promise<{ answer: T; ms: number }>
  stop(): Promise<void>
}

export async function startApi(databaseUrl: string): Promise<Api> {
  const { ports } = await choosePorts([{ for: 'query', preferred: null }], isPortFree, Math.random)
  const port = ports[0] ?? 0
  const env = {
    ROLE: 'api',
    KAFKA_BROKERS: '127.0.0.1:1',
    SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1',
    HOST: '127.0.0.1',
    QUERY_PORT: String(port),
    READ_RPS: '1000000',
    LOG_LEVEL: 'error',
  }
  const api = await spawnProcess({
    name: 'query api',
    script: processes.query.program,
    env: { ...env, DATABASE_URL: databaseUrl },
    readyUrl: `http://127.0.0.1:${port}/healthz`,
  })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  return {
    get: async <T>(path: string, query: URLSearchParams) => {
      const began = performance.now()
      const { status, body } = await ask(agent, { port, path: `${path}?${query}` })
      const ms = performance.now() - began
      if (status !== 200) throw new Error(`${path}?${query}: ${status} ${body}`)
      return { answer: JSON.parse(body) as T, ms }
    },
    stop: async () => {
      agent.destroy()
      await api.stop().catch(api.kill)
    },
  }
}

function ask(agent: Agent, where: { port: number; path: string }): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request({ ...where, host: '127.0.0.1', agent }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => void chunks.push(chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }))
      response.on('error', reject)
    })
    asked.on('error', reject)
    asked.end()
  })
}
