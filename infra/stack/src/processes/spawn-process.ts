import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { LATE, within } from '@insights/runtime/deadline'
import { root } from './root.ts'

/** A process of the project under test. It is not supervised: what ends stays ended. */
export interface SpawnedProcess {
  name: string
  pid: number
  /** The end of what it wrote to stdout and stderr. */
  output(): string
  /** Its exit code, or the signal that ended it. */
  exited: Promise<number | NodeJS.Signals>
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>
  pause(): void
  resume(): void
  /** SIGTERM; resolves when it is gone and rejects, with its output, unless it ended well within the deadline. */
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export interface SpawnOptions {
  /** For messages. */
  name: string
  /** Relative to the repository, e.g. `services/ingress/src/main.ts`. */
  script: string
  args?: string[]
  nodeArgs?: string[]
  /** All it gets, besides PATH and HOME. */
  env: Record<string, string>
  /** Answers 2xx once the process is ready, e.g. `http://127.0.0.1:8001/readyz`; without it, ready is when it runs. */
  readyUrl?: string
  readyDeadlineMs?: number
  stopDeadlineMs?: number
}

const OUTPUT_CHARACTERS = 64 * 1024
const PRELOADED = ['--import', './infra/stack/src/processes/cache-compiled.mjs']

/** Starts a script of the repository as a Node process; resolves when it is ready, or rejects with its output. */
export async function spawnProcess(options: SpawnOptions): Promise<SpawnedProcess> {
  const {
    name,
    script,
    args = [],
    nodeArgs = [],
    env,
    readyUrl,
    readyDeadlineMs = 30_000,
    stopDeadlineMs = 15_000,
  } = options
  const { PATH, HOME } = process.env
  const child = spawn(process.execPath, [...PRELOADED, ...nodeArgs, script, ...args], {
    cwd: root,
    env: { ...(PATH && { PATH }), ...(HOME && { HOME }), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-OUTPUT_CHARACTERS)))
  }
  const exited = once(child, 'close').then(([code, signal]) => (signal ?? code) as number | NodeJS.Signals)
  await once(child, 'spawn')
  const { pid } = child
  if (pid === undefined) throw new Error(`${name} has no pid although it was spawned`)
  const failed = (what: string) => new Error(`${name} ${what}. The end of its output:\n${output}`)
  const running = () => child.exitCode === null && child.signalCode === null
  // A test run that exits early leaves no process behind.
  const killWithUs = () => child.kill('SIGKILL')
  process.once('exit', killWithUs)
  child.once('exit', () => process.off('exit', killWithUs))

  const kill = async () => {
    if (running()) child.kill('SIGKILL')
    await exited
  }
  const stop = async () => {
    if (running()) {
      child.kill('SIGCONT')
      child.kill('SIGTERM')
    }
    const end = await within(stopDeadlineMs, exited)
    if (end === LATE) {
      await kill()
      throw failed(`did not stop within ${stopDeadlineMs} ms`)
    }
    if (end !== 0 && end !== 'SIGKILL') throw failed(`stopped with ${end}`)
  }

  if (readyUrl !== undefined) {
    const deadline = performance.now() + readyDeadlineMs
    while (!(await answersWell(readyUrl))) {
      if (!running()) throw failed(`ended with ${await exited} before it was ready`)
      if (performance.now() > deadline) {
        await kill()
        throw failed(`was not ready at ${readyUrl} within ${readyDeadlineMs} ms`)
      }
      await sleep(50)
    }
  }
  return {
    name,
    pid,
    output: () => output,
    exited,
    kill,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    stop,
    [Symbol.asyncDispose]: kill,
  }
}

async function answersWell(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) })
    await response.arrayBuffer()
    return response.ok
  } catch {
    return false
  }
}
