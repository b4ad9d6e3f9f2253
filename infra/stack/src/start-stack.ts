import { addressVariables, chooseBrokers, chooseModes, type Modes, needsEngine } from './servers/choose-modes.ts'
import { clearLeftovers } from './data-directory/clear-leftovers.ts'
import { clearContainers, connectEngine, type Engine } from './docker/connect-engine.ts'
import { prepareLocal } from './local/prepare-local.ts'
import { claimDataDir, rotateLogs, wipeDataDir } from './data-directory/prepare-data-dir.ts'
import { type PartOptions, type RunningPart, type Server, StackRefused } from './servers/server.ts'
import { startPart } from './start-part.ts'
import { stopTogether } from './servers/stop-together.ts'

export interface StackOptions {
  /** Where the local servers keep data, logs and lock; made if need be. Two runs cannot share one. */
  dataDir: string
  /** KAFKA_BROKERS, SCHEMA_REGISTRY_URL, DATABASE_URL, STACK, STACK_BROKERS, STACK_CACHE_DIR, JAVA_HOME, PATH, … */
  env: NodeJS.ProcessEnv
  brokers?: 1 | 3
  /** Wipes the data of earlier runs first. */
  fresh?: boolean
  /** False: Postgres does not wait for the disk. Survives a kill of its processes, not of the machine. */
  fsync?: boolean
  /** True (default): 19092 …, 8081, 15432 where free. False: any free ports, so that a stack in use keeps its own. */
  preferPorts?: boolean
  /** One line at a time: what is taken from where, how far downloads are, what was replaced or cleared. */
  report?: (line: string) => void
  /** Gives up a start that is under way; what was started is stopped before `startStack` rejects. */
  signal?: AbortSignal
}

export interface Stack {
  env: { KAFKA_BROKERS: string; SCHEMA_REGISTRY_URL: string; DATABASE_URL: string; REPLICATION_FACTOR?: string }
  modes: Modes
  /** Empty, or null, for what came from the environment. */
  brokers: Server[]
  registry: Server | null
  postgres: Server | null
  /** Stops everything that was started; safe to call twice. */
  stop(): Promise<void>
}

/**
 * Kafka, schema registry and Postgres, all usable, each from the first that matches: its variable in the environment
 * (passed on as it is), Docker, local processes. Throws StackRefused, with one sentence for the user, when that cannot
 * work, and ServerFailed, with the end of the server's log, when a server does not start. Nothing keeps running then.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { env, fresh = false, fsync = true, preferPorts = true, report = () => undefined } = options
  const outer = options.signal ?? new AbortController().signal
  const count = chooseBrokers(options.brokers, env)
  if (!count.ok) throw new StackRefused(count.sentence)
  const engine = needsEngine(env) ? await connectEngine() : null
  const choice = chooseModes({ env, engineAnswers: engine !== null })
  if (!choice.ok) throw new StackRefused(choice.sentence)
  const { modes } = choice
  const own = (['kafka', 'registry', 'postgres'] as const).filter((part) => modes[part] !== 'env')
  for (const part of Object.keys(modes) as (keyof Modes)[]) {
    if (modes[part] === 'env') report(`${part}: ${addressVariables[part]} from the environment`)
  }

  const claimed = own.length === 0 ? null : await claimDataDir(options.dataDir)
  const parts: Partial<Record<keyof Modes, RunningPart>> = {}
  const stop = async () => {
    try {
      await stopTogether(Object.values(parts))
      // A container that was created but could not be started belongs to no part.
      if (engine !== null && claimed !== null) await clearContainers(engine, claimed.dataDir)
    } finally {
      await claimed?.release()
    }
  }
  try {
    if (claimed !== null) {
      await clear(claimed.dataDir, engine, report)
      if (fresh) await wipeDataDir(claimed.dataDir)
      await rotateLogs(claimed.dataDir)
      const failed = new AbortController()
      const signal = AbortSignal.any([outer, failed.signal])
      const partOptions: PartOptions = { dataDir: claimed.dataDir, env, report, signal, preferPorts }
      const local = await prepareLocal(modes, partOptions)
      const starts = own.map(async (part) => {
        try {
          parts[part] = await startPart(part, modes[part], {
            ...partOptions,
            engine,
            local,
            brokers: count.brokers,
            fsync,
          })
        } catch (error) {
          failed.abort(error)
        }
      })
      // The others are given the time to stop what they had begun: nothing may be left behind.
      await Promise.all(starts)
      if (signal.aborted) throw signal.reason
    }
  } catch (error) {
    await stop().catch((unclean: unknown) => report(String(unclean)))
    throw error
  }
  let stopping: Promise<void> | undefined
  return {
    env: addresses(env, modes, parts, count.brokers),
    modes,
    brokers: parts.kafka?.servers ?? [],
    registry: parts.registry?.servers[0] ?? null,
    postgres: parts.postgres?.servers[0] ?? null,
    stop: () => (stopping ??= stop()),
  }
}

async function clear(dataDir: string, engine: Engine | null, report: (line: string) => void): Promise<void> {
  const leftovers = await clearLeftovers(dataDir)
  const containers = engine === null ? 0 : await clearContainers(engine, dataDir)
  if (containers > 0) leftovers.push(containers === 1 ? 'a container' : `${containers} containers`)
  if (leftovers.length > 0) report(`cleared what a killed run had left: ${leftovers.join(', ')}`)
}

function addresses(
  env: NodeJS.ProcessEnv,
  modes: Modes,
  parts: Partial<Record<keyof Modes, RunningPart>>,
  brokers: number,
): Stack['env'] {
  const address = (part: keyof Modes) => parts[part]?.address ?? env[addressVariables[part]] ?? ''
  // Not our cluster: its owner says how many copies it can keep.
  const replication = modes.kafka === 'env' ? env.REPLICATION_FACTOR : String(brokers)
  return {
    KAFKA_BROKERS: address('kafka'),
    SCHEMA_REGISTRY_URL: address('registry'),
    DATABASE_URL: address('postgres'),
    ...(replication && { REPLICATION_FACTOR: replication }),
  }
}
