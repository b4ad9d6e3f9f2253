import { fileURLToPath } from 'node:url'
import { choosePorts, isPortFree } from '@insights/stack/choose-ports'
import { processes } from '@insights/stack/process-table'
import { spawnProcess, type SpawnedProcess } from '@insights/stack/spawn-process'
import type { Running } from './running.ts'

interface Options {
  /** Addresses, TOPIC_PREFIX, DATABASE_URL. */
  env: Record<string, string>
  nodeArgs: string[]
}

/** The projector's machinery, writing the plain table. */
export async function runPlain({ env, nodeArgs }: Options): Promise<Running> {
  return toRunning(
    await spawnProcess({
      name: 'plain projector',
      script: fileURLToPath(new URL('./project-plain.ts', import.meta.url)),
      env,
      nodeArgs,
    }),
  )
}

/** The projector itself, with all its tables. */
export async function runProjector({ env, nodeArgs }: Options): Promise<Running> {
  const { ports } = await choosePorts([{ for: 'projector', preferred: null }], isPortFree, Math.random)
  // No sink that it is compared with makes texts searchable.
  const own = { ...env, ROLE: 'projector', TEXT_SEARCH: 'false', HOST: '127.0.0.1', PROJECTOR_PORT: String(ports[0]) }
  return toRunning(
    await spawnProcess({
      name: 'projector',
      script: processes.query.program,
      env: own,
      nodeArgs,
      stopDeadlineMs: 30_000,
    }),
  )
}

function toRunning({ pid, name, exited, output, stop, kill }: SpawnedProcess): Running {
  let ended: number | NodeJS.Signals | null = null
  void exited.then((how) => (ended = how))
  return {
    pid,
    check: () =>
      ended === null ? Promise.resolve() : Promise.reject(new Error(`the ${name} ended with ${ended}:\n${output()}`)),
    stop: () => stop().catch(kill),
  }
}
