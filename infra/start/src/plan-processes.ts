/** One process of the pipeline as `npm start` runs it. */
export interface PlannedProcess {
  name: string
  /** Path of the program, from the repository's root. */
  program: string
  env: Record<string, string>
  /** Answers 200 when the process is ready. */
  readyUrl: string
}

export interface Ports {
  gateway: number
  ingress: number
  query: number
  analyzer: number
  projector: number
  simulator: number
}

/** The documented ports (design, section 9). */
export const PREFERRED_PORTS: Readonly<Record<keyof Ports, { variable: string; port: number }>> = {
  gateway: { variable: 'GATEWAY_PORT', port: 8000 },
  ingress: { variable: 'INGRESS_PORT', port: 8001 },
  query: { variable: 'QUERY_PORT', port: 8002 },
  analyzer: { variable: 'ANALYZER_PORT', port: 8003 },
  projector: { variable: 'PROJECTOR_PORT', port: 8004 },
  simulator: { variable: 'SIMULATOR_PORT', port: 8090 },
}

/**
 * Who answers instead of Grok. Without a key it is the simulator; its key is no secret. A GROK_BASE_URL without a key
 * is a mistake, not a wish for the simulator.
 */
export function chooseGrok(
  env: NodeJS.ProcessEnv,
): { kind: 'grok' } | { kind: 'simulator' } | { kind: 'fault'; text: string } {
  if (env.GROK_API_KEY) return { kind: 'grok' }
  if (env.GROK_BASE_URL)
    return {
      kind: 'fault',
      text: 'GROK_BASE_URL is set but GROK_API_KEY is not: set both, or neither for the simulator',
    }
  return { kind: 'simulator' }
}

/** What the user may have set about the cluster and what is no secret: who joins must agree on it. */
const PASSED_ON = ['TOPIC_PREFIX', 'KAFKA_SSL', 'KAFKA_SASL_MECHANISM', 'KAFKA_SASL_USERNAME']

/** The environment that a process by hand needs to join (`.data/stack.env`); the user's secrets are not written. */
export function sharedEnv(
  env: NodeJS.ProcessEnv,
  stackEnv: Record<string, string>,
  simulatorPort: number | null,
): Record<string, string> {
  const passedOn = PASSED_ON.flatMap((name) => (env[name] ? [[name, env[name]] as const] : []))
  return {
    ...Object.fromEntries(passedOn),
    ...stackEnv,
    ...(simulatorPort !== null && {
      GROK_BASE_URL: `http://127.0.0.1:${simulatorPort}/v1`,
      GROK_API_KEY: 'simulator',
    }),
  }
}

/** What runs, in the order of the banner. */
export function planProcesses(shared: Record<string, string>, ports: Ports, simulated: boolean): PlannedProcess[] {
  const at = (port: number, path = '') => `http://127.0.0.1:${port}${path}`
  return [
    ...(simulated
      ? [
          {
            name: 'simulator',
            program: 'infra/grok-simulator/src/main.ts',
            env: { SIMULATOR_PORT: String(ports.simulator) },
            readyUrl: at(ports.simulator, '/healthz'),
          },
        ]
      : []),
    {
      name: 'ingress',
      program: 'services/ingress/src/main.ts',
      env: { ...shared, INGRESS_PORT: String(ports.ingress) },
      readyUrl: at(ports.ingress, '/readyz'),
    },
    {
      name: 'analyzer',
      program: 'services/analyzer/src/main.ts',
      env: { ...shared, ANALYZER_PORT: String(ports.analyzer) },
      readyUrl: at(ports.analyzer, '/readyz'),
    },
    {
      name: 'query',
      program: 'services/query/src/main.ts',
      env: { ...shared, QUERY_PORT: String(ports.query), PROJECTOR_PORT: String(ports.projector) },
      readyUrl: at(ports.query, '/readyz'),
    },
    {
      name: 'gateway',
      program: 'infra/gateway/src/main.ts',
      env: {
        GATEWAY_PORT: String(ports.gateway),
        INGRESS_URL: at(ports.ingress),
        QUERY_URL: at(ports.query),
      },
      readyUrl: at(ports.gateway, '/healthz'),
    },
  ]
}
