import { choosePorts, isPortFree } from '@insights/stack/choose-ports'
import { processes } from '@insights/stack/process-table'
import { spawnProcess, type SpawnedProcess } from '@insights/stack/spawn-process'

export interface RunningApi extends SpawnedProcess {
  origin: string
}

/** The query API as a process of its own, listening. `port`: the one that an earlier one had. */
export async function runApi(env: Record<string, string>, { port }: { port?: number } = {}): Promise<RunningApi> {
  const { ports } = await choosePorts([{ for: 'query', preferred: port ?? null }], isPortFree, Math.random)
  const origin = `http://127.0.0.1:${ports[0]}`
  const own = { ...env, ROLE: 'api', HOST: '127.0.0.1', QUERY_PORT: String(ports[0]), READ_RPS: '100000' }
  const script = processes.query.program
  const process = await spawnProcess({ name: 'query API', script, env: own, readyUrl: `${origin}/healthz` })
  return { ...process, origin }
}
