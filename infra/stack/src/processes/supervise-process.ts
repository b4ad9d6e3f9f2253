import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { doublingMs } from '@insights/runtime/backoff'
import { pause } from '@insights/runtime/pause'

export interface SuperviseOptions {
  name: string
  /** Program and its arguments for Node. */
  argv: string[]
  cwd: string
  env: NodeJS.ProcessEnv
  /** Every line that the process writes. */
  onLine: (line: string) => void
  /** What the operator should know: that it died and when it starts again. */
  report: (line: string) => void
  stopDeadlineMs: number
}

export interface Supervised {
  readonly name: string
  pid(): number | undefined
  /** SIGTERM, then SIGKILL after the deadline. Safe to call twice. */
  stop(): Promise<void>
}

/** Waits 0.5 s, 1 s, 2 s … 10 s between starts that fail in a row; a process that lived for 30 s starts a new row. */
export const restartDelayMs = (failuresInARow: number): number =>
  doublingMs(failuresInARow, { baseMs: 500, capMs: 10_000 })
const LIVED_WELL_MS = 30_000

/** Runs a process and starts it again when it dies, until `stop`. */
export function superviseProcess(options: SuperviseOptions): Supervised {
  const { name, report } = options
  const stopping = new AbortController()
  let child: ChildProcess | undefined
  let stopped: Promise<void> | undefined

  async function run(): Promise<void> {
    for (let failures = 0; !stopping.signal.aborted;) {
      const startedAt = performance.now()
      const end = await runOnce()
      if (stopping.signal.aborted) return
      const livedMs = performance.now() - startedAt
      failures = livedMs > LIVED_WELL_MS ? 0 : failures
      const delayMs = restartDelayMs(failures++)
      report(`${name} died (${end}) after ${(livedMs / 1000).toFixed(1)} s, starting it again in ${delayMs / 1000} s`)
      await pause(delayMs, stopping.signal)
    }
  }

  function runOnce(): Promise<string> {
    return new Promise((resolve) => {
      // A process group of its own: Ctrl-C reaches the whole foreground group, and a child that the terminal stops
      // would look as if it had died. The IPC channel ends a child whose supervisor was killed (exit-with-parent.mjs).
      const started = spawn(process.execPath, options.argv, {
        cwd: options.cwd,
        env: options.env,
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      })
      child = started
      for (const stream of [started.stdout, started.stderr])
        if (stream) createInterface({ input: stream }).on('line', options.onLine)
      started.once('error', (error) => resolve(error.message))
      started.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`))
    })
  }

  const running = run()

  async function shutDown(): Promise<void> {
    stopping.abort()
    child?.kill('SIGTERM')
    const killer = setTimeout(() => {
      report(`${name} did not stop in ${options.stopDeadlineMs / 1000} s, killing it`)
      child?.kill('SIGKILL')
    }, options.stopDeadlineMs)
    await running
    clearTimeout(killer)
  }

  return { name, pid: () => child?.pid, stop: () => (stopped ??= shutDown()) }
}
