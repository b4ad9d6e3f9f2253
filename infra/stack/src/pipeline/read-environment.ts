import { ConfigError, readConfig } from '@insights/runtime/config/read-config'
import type { z } from 'zod'
import { portWishes, type ProcessPortWish } from '../processes/choose-process-ports.ts'
import { chooseGrok, planProcesses, sharedEnv } from '../processes/plan-processes.ts'
import { jobs, type JobName, listPorts, type Ports, type ProcessName } from '../processes/process-table.ts'
import { variables } from './config.ts'

/** What is wrong with the environment that a program of the table would be started with, a line for each fault. */
export type FaultsOf = (program: ProcessName | JobName, env: NodeJS.ProcessEnv) => string[]

export interface Environment {
  config: z.infer<typeof variables>
  simulated: boolean
  /** The API asks for a key. */
  keyed: boolean
  wishes: ProcessPortWish[]
}

/**
 * Reads what `insights start` needs, and has every program that it would start look at its own variables: a service
 * that ends for one of them would be started again and again, long after the servers were.
 * @throws ConfigError with the faults of all
 */
export function readEnvironment(
  env: NodeJS.ProcessEnv,
  { serversOnly, demo, faultsOf }: { serversOnly: boolean; demo: boolean; faultsOf: FaultsOf },
): Environment {
  const faults: string[] = []
  const own = take(() => readConfig(variables, env), faults)
  const wishes = take(() => portWishes(env), faults)
  const grok = chooseGrok(env)
  if (grok.kind === 'fault') faults.push(grok.text)
  const simulated = grok.kind === 'simulator'
  const keyed = Boolean(env.API_KEYS)
  if (demo && keyed && own !== null && own.DEMO_API_KEY === undefined) faults.push(DEMO_NEEDS_KEY)
  const addresses = { ...env, ...addressesOf(env) }
  for (const name of Object.keys(jobs) as JobName[]) faults.push(...faultsOf(name, addresses))
  if (!serversOnly && grok.kind !== 'fault') {
    const shared = sharedEnv(env, addressesOf(env), simulated ? SOME_PORT : null)
    for (const process of planProcesses(shared, SOME_PORTS, simulated))
      faults.push(...faultsOf(process.name, { ...env, ...process.env }))
  }
  if (own === null || wishes === null || faults.length > 0) throw new ConfigError([...new Set(faults)])
  return { config: own, simulated, keyed, wishes }
}

function take<T>(read: () => T, faults: string[]): T | null {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    faults.push(...error.faults)
    return null
  }
}

const DEMO_NEEDS_KEY =
  'DEMO_API_KEY is missing, and API_KEYS is set: the demo sends and reads conversations with one of these keys, of the scopes ingest and read'

/** Nothing is started yet: what the programs will be given stands here as something that is in order. */
const SOME_PORT = 1
const SOME_PORTS = Object.fromEntries(listPorts().map(({ name }) => [name, SOME_PORT])) as unknown as Ports
const addressesOf = (env: NodeJS.ProcessEnv) => ({
  KAFKA_BROKERS: env.KAFKA_BROKERS || '127.0.0.1:1',
  SCHEMA_REGISTRY_URL: env.SCHEMA_REGISTRY_URL || 'http://127.0.0.1:1',
  DATABASE_URL: env.DATABASE_URL || 'postgres://127.0.0.1:1/insights',
})
