import { createWriteStream } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { WaitStrategy } from 'testcontainers'
import { reportWhile } from '../servers/report-while.ts'
import { type OwnedServer, type PartOptions, ServerFailed } from '../servers/server.ts'
import { tailFile } from '../servers/tail-file.ts'
import { type Engine, LABEL, stackLabel } from './connect-engine.ts'

export interface ContainerSpec {
  name: string
  image: string
  env: Record<string, string>
  command?: string[]
  /** Fixed on our side, so that a container started again is found where it was; mapped ports change. */
  port: { container: number; host: number }
  /** Other ports that the image exposes, published anywhere: testcontainers waits for them too under podman. */
  otherPorts?: number[]
  /** A network on which it is known by its name. */
  network?: string
  logFile: string
  usable: (signal: AbortSignal) => Promise<void>
}

/** Pulling an image may take minutes; starting what is there may not. */
const START_DEADLINE_MS = 120_000

/** Starts a server as a container; resolves when it is usable. Rejects with ServerFailed and leaves nothing behind. */
export async function runContainer(
  { testcontainers, client }: Engine,
  spec: ContainerSpec,
  { dataDir, report, signal }: PartOptions,
): Promise<OwnedServer> {
  const definition = new testcontainers.GenericContainer(spec.image)
    .withEnvironment(spec.env)
    .withExposedPorts(spec.port, ...(spec.otherPorts ?? []))
    .withLabels({ [LABEL]: stackLabel(dataDir) })
    .withWaitStrategy(noWait)
  if (spec.command) definition.withCommand(spec.command)
  if (spec.network) definition.withNetworkMode(spec.network).withNetworkAliases(spec.name)
  const waiting = (seconds: number) => `still waiting for the container of ${spec.image}, ${seconds} s`
  const created = await reportWhile(definition.start(), waiting, report).catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error)
    throw new ServerFailed(
      `${spec.name}: the container of ${spec.image} could not be started (${message}). ` +
        'If the image cannot be pulled here, STACK=local runs the servers as local processes.',
      /already allocated|already in use/i.test(message),
    )
  })
  const container = client.container.getById(created.getId())
  const isRunning = async () => (await container.inspect()).State.Running

  const follow = async (since: number) => {
    const logs = await client.container.logs(container, { since })
    const file = createWriteStream(spec.logFile, { flags: 'a' })
    file.on('error', (error) => report(`${spec.name}: its log cannot be written: ${error.message}`))
    logs.pipe(file)
    // What cuts the stream (the engine going away) shows elsewhere; the log only ends.
    logs.on('error', () => undefined)
  }
  const untilUsable = async (abort: AbortSignal) => {
    const settled = new AbortController()
    const deadline = AbortSignal.timeout(START_DEADLINE_MS)
    const either = AbortSignal.any([abort, deadline, settled.signal])
    const failed = async (what: string) =>
      new ServerFailed(
        `${spec.name} ${what}. The end of its log (${spec.logFile}):\n${await tailFile(spec.logFile, 25)}`,
      )
    const ended = (async () => {
      while (await isRunning()) await sleep(500, undefined, { signal: either })
      return 'ended' as const
    })()
    ended.catch(() => undefined)
    try {
      const usable = spec.usable(either).then(() => 'usable' as const)
      if ((await Promise.race([usable, ended])) === 'ended') throw await failed('ended before it was usable')
    } catch (error) {
      abort.throwIfAborted()
      if (deadline.aborted) throw await failed(`was not usable after ${START_DEADLINE_MS / 1000} s`)
      throw error
    } finally {
      settled.abort()
    }
  }
  /**
   * `docker pause` would freeze all at once but needs cgroups, which not every engine has. Process 1 heeds only the
   * engine.
   */
  const signalOthers = async (name: 'STOP' | 'CONT') => {
    const { exitCode, output } = await client.container.exec(
      container,
      ['sh', '-c', `kill -${name} -1 2>/dev/null; true`],
      { user: '0' },
    )
    if (exitCode !== 0) throw new Error(`${spec.name}: SIG${name} failed in the container: ${output}`)
  }
  const stop = async () => {
    await container.remove({ force: true, v: true }).catch((error: unknown) => {
      if ((error as { statusCode?: number }).statusCode !== 404) throw error
    })
  }

  try {
    await follow(0)
    await untilUsable(signal)
  } catch (error) {
    await stop()
    throw error
  }
  return {
    name: spec.name,
    kill: async () => {
      if (!(await isRunning())) return
      await container.kill({ signal: 'SIGKILL' })
      await container.wait()
    },
    pause: async () => {
      await container.kill({ signal: 'SIGSTOP' })
      await signalOthers('STOP')
    },
    resume: async () => {
      await signalOthers('CONT')
      await container.kill({ signal: 'SIGCONT' })
    },
    start: async () => {
      if (!(await isRunning())) {
        const since = Math.floor(Date.now() / 1000)
        await container.start()
        await follow(since)
      }
      await untilUsable(new AbortController().signal)
    },
    stop,
  }
}

/** Whether it is usable is seen from outside, by using it. */
const noWait: WaitStrategy = {
  waitUntilReady: async () => undefined,
  withStartupTimeout: () => noWait,
  isStartupTimeoutSet: () => true,
  getStartupTimeout: () => START_DEADLINE_MS,
}
