import { choosePorts, isPortFree } from './choose-ports.ts'
import { spawnProcess, type SpawnedProcess } from './spawn-process.ts'

/** The variable that gives each service the port of its health routes. */
const portVariables = { ingress: 'INGRESS_PORT', analyzer: 'ANALYZER_PORT', query: 'QUERY_PORT' } as const
export type ServiceName = keyof typeof portVariables

/** As the image runs them: by default V8 lets a busy process keep up to 200 MB of short-lived garbage. */
export const NODE_ARGS = ['--max-semi-space-size=16']

export interface SpawnedService extends SpawnedProcess {
  /** `http://127.0.0.1:<port>`, without a slash at its end. */
  url: string
}

/**
 * Starts a real service process on free ports; resolves when its /readyz says 200. Start it again after a kill by
 * calling again with the same `env`, which holds the ports then, to have it where it was.
 */
export async function spawnService(service: ServiceName, env: Record<string, string>): Promise<SpawnedService> {
  const names = [portVariables[service], ...(service === 'query' ? ['PROJECTOR_PORT'] : [])]
  const wishes = names.map((name) => ({ for: name, preferred: env[name] ? Number(env[name]) : null }))
  const { ports } = await choosePorts(wishes, isPortFree, Math.random)
  const url = `http://127.0.0.1:${ports[0]}`
  const given = Object.fromEntries(names.map((name, index) => [name, String(ports[index])]))
  const running = await spawnProcess({
    name: service,
    script: `services/${service}/src/main.ts`,
    nodeArgs: NODE_ARGS,
    env: { HOST: '127.0.0.1', ...env, ...given },
    readyUrl: `${url}/readyz`,
  })
  return { ...running, url }
}
