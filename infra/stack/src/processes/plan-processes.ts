import { joinsKafka, processes, type Ports, type ProcessName, type TableProcess } from './process-table.ts'

/** One process of the pipeline as `npm start` runs it. */
export interface PlannedProcess {
  name: ProcessName
  /** Path of the program, from the repository's root. */
  program: string
  env: Record<string, string>
  /** Answers 200 when the process is ready. */
  readyUrl: string
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

/** What runs, in the order of the table. */
export function planProcesses(shared: Record<string, string>, ports: Ports, simulated: boolean): PlannedProcess[] {
  const portOf = (name: string) => ports[name as keyof Ports]
  const entries = Object.entries(processes) as [ProcessName, TableProcess][]
  return entries
    .filter(([name]) => simulated || name !== 'simulator')
    .map(([name, entry]) => ({
      name,
      program: entry.program,
      env: {
        ...(joinsKafka(entry) && shared),
        ...Object.fromEntries(entry.ports.map((own) => [own.variable, String(portOf(own.name))])),
        ...Object.fromEntries(
          Object.entries(entry.addresses).map(([variable, other]) => [variable, onLoopback(portOf(other))]),
        ),
      },
      readyUrl: `${onLoopback(portOf(entry.ports[0]?.name ?? ''))}${entry.readyPath}`,
    }))
}

const onLoopback = (port: number) => `http://127.0.0.1:${port}`
