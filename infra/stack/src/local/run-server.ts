import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { open } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { LATE, within } from '@insights/runtime/deadline'
import { signal as sendSignal } from '../data-directory/clear-leftovers.ts'
import { listProcesses, type ProcessFacts, processIdentity } from '../data-directory/list-processes.ts'
import { tailFile } from '../servers/tail-file.ts'
import { type OwnedServer, ServerFailed } from '../servers/server.ts'

export interface ServerSpec {
  name: string
  command: string
  args: string[]
  env: NodeJS.ProcessEnv
  /** The user to run as, when it is not ours. */
  user?: { uid: number; gid: number }
  logFile: string
  stopSignal: 'SIGTERM' | 'SIGINT'
  stopDeadlineMs: number
  startDeadlineMs: number
  usable: (signal: AbortSignal) => Promise<void>
  report: (line: string) => void
}

/** Starts a server as a process of ours; resolves when it is usable. Rejects with ServerFailed and leaves nothing. */
export async function runServer(spec: ServerSpec, signal: AbortSignal): Promise<OwnedServer> {
  let running: Running | null = null
  const end = async (how: 'kill' | 'stop') => {
    const ending = running
    if (ending === null) return
    ending.expected = true
    if (how === 'stop' && (await stopGently(ending, spec))) return
    const children = await signalTree(ending.pid, 'SIGKILL')
    await ending.exited
    // Postgres does not start while a child of its last life holds the shared memory.
    for (const { pid, identity } of children) while ((await processIdentity(pid)) === identity) await sleep(10)
  }
  const start = async (abort: AbortSignal) => {
    running ??= await launch(spec, () => (running = null))
    try {
      await untilUsable(running, spec, abort)
    } catch (error) {
      await end('kill')
      throw error
    }
  }
  const signalRunning = async (name: 'SIGSTOP' | 'SIGCONT') => {
    if (running === null) throw new Error(`${spec.name} does not run`)
    await signalTree(running.pid, name)
  }
  await start(signal)
  return {
    name: spec.name,
    kill: () => end('kill'),
    pause: () => signalRunning('SIGSTOP'),
    resume: () => signalRunning('SIGCONT'),
    start: () => start(new AbortController().signal),
    stop: () => end('stop'),
  }
}

interface Running {
  pid: number
  child: ChildProcess
  exited: Promise<unknown>
  expected: boolean
}

async function launch(spec: ServerSpec, onExit: () => void): Promise<Running> {
  const log = await open(spec.logFile, 'a')
  try {
    const child = spawn(spec.command, spec.args, {
      env: spec.env,
      // A session of its own: Ctrl-C in the terminal is for us, and servers go after those who use them.
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      ...spec.user,
    })
    await once(child, 'spawn')
    const { pid } = child
    if (pid === undefined) throw new Error(`${spec.name} has no pid although it was spawned`)
    const running: Running = { pid, child, exited: once(child, 'exit'), expected: false }
    const killWithUs = () => sendSignal(pid, 'SIGKILL')
    process.once('exit', killWithUs)
    child.once('exit', (code, name) => {
      process.off('exit', killWithUs)
      onExit()
      if (!running.expected)
        spec.report(`${spec.name} ended by itself (${name ?? `exit code ${code}`}); its log: ${spec.logFile}`)
    })
    return running
  } finally {
    await log.close()
  }
}

/** Waits for the first of: usable, ended, too late, aborted. */
async function untilUsable(running: Running, spec: ServerSpec, abort: AbortSignal): Promise<void> {
  const failed = async (what: string) => {
    const log = await tailFile(spec.logFile, 200)
    const tail = log.split('\n').slice(-25).join('\n')
    const portTaken = /Address already in use|Port\S* .*(already bound|in use)/.test(log)
    return new ServerFailed(`${spec.name} ${what}. The end of its log (${spec.logFile}):\n${tail}`, portTaken)
  }
  const settled = new AbortController()
  const deadline = AbortSignal.timeout(spec.startDeadlineMs)
  const ended = running.exited.then(() => 'ended' as const)
  running.expected = true
  try {
    const usable = spec.usable(AbortSignal.any([abort, deadline, settled.signal])).then(() => 'usable' as const)
    if ((await Promise.race([usable, ended])) === 'ended') throw await failed('ended before it was usable')
    running.expected = false
  } catch (error) {
    abort.throwIfAborted()
    if (deadline.aborted) throw await failed(`was not usable after ${spec.startDeadlineMs / 1000} s`)
    throw error
  } finally {
    settled.abort()
  }
}

/** Whether it ended within the deadline. */
async function stopGently(running: Running, spec: ServerSpec): Promise<boolean> {
  await signalTree(running.pid, 'SIGCONT')
  sendSignal(running.pid, spec.stopSignal)
  return (await within(spec.stopDeadlineMs, running.exited)) !== LATE
}

/**
 * The process and its children, which for Postgres are one per connection and each in a session of its own. To stop or
 * kill, the parent is stopped first, so that it makes no more; to go on, it goes last.
 */
async function signalTree(pid: number, name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<ProcessFacts[]> {
  if (name !== 'SIGCONT') sendSignal(pid, 'SIGSTOP')
  const children = (await listProcesses()).filter(({ parent }) => parent === pid)
  for (const child of children) sendSignal(child.pid, name)
  if (name !== 'SIGSTOP') sendSignal(pid, name)
  return children
}
