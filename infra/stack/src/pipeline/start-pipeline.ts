import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { runProcess, type Part } from '@insights/runtime/lifecycle'
import { createLogger } from '@insights/runtime/logger'
import { showLogLine } from '@insights/runtime/show-log-line'
import { toPrintable } from '@insights/runtime/to-printable'
import { chooseProcessPorts } from '../processes/choose-process-ports.ts'
import { planProcesses, sharedEnv, type PlannedProcess } from '../processes/plan-processes.ts'
import { jobs, type Ports } from '../processes/process-table.ts'
import { root } from '../processes/root.ts'
import { runJob } from '../processes/run-job.ts'
import type { Supervised } from '../processes/supervise-process.ts'
import { waitUntilReady } from '../processes/wait-until-ready.ts'
import { startStack, type Stack } from '../start-stack.ts'
import { banner, stackBanner } from './banner.ts'
import { type FaultsOf, readEnvironment } from './read-environment.ts'
import { HEAP, superviseWithLog } from './supervise-with-log.ts'
import { writeStackEnv } from './write-stack-env.ts'

export interface StartOptions {
  /** Wipe the data of earlier runs first. */
  fresh: boolean
  /** Send sample conversations and print their insights. */
  demo: boolean
  /** Kafka, registry, Postgres, topics, schemas and tables, without the services. */
  serversOnly: boolean
  faultsOf: FaultsOf
}

/**
 * Starts the pipeline and keeps it up until SIGINT or SIGTERM; resolves when everything is ready.
 * @throws ConfigError, before anything is started
 */
export async function startPipeline({ fresh, demo, serversOnly, faultsOf }: StartOptions): Promise<void> {
  // What is set already wins over the file.
  if (existsSync(resolve(root, '.env'))) process.loadEnvFile(resolve(root, '.env'))
  const { config, simulated, keyed, wishes } = readEnvironment(process.env, { serversOnly, demo, faultsOf })
  const dataDir = resolve(root, config.DATA_DIR)

  const startedAt = performance.now()
  const seconds = () => ((performance.now() - startedAt) / 1000).toFixed(1)
  const stopping = new AbortController()
  let stack: Stack | undefined
  let ports: Ports | undefined
  let planned: PlannedProcess[] = []
  let supervised: Supervised[] = []

  const stackPart: Part = {
    name: 'stack',
    start: async (signal) => {
      stack = await startStack({ dataDir, env: process.env, fresh, report: say, signal })
    },
    stop: () => stack?.stop(),
  }
  const provisionPart: Part = {
    name: 'topics, schemas and tables',
    start: async (signal) => {
      const env = { ...process.env, ...stack?.env, LOG_LEVEL: process.env.LOG_LEVEL || 'warn' }
      await Promise.all(
        Object.entries(jobs).map(([name, { program, args }]) =>
          // The addresses of an earlier run are in the file, and it may have had another prefix.
          runJob({
            name,
            command: process.execPath,
            args: [HEAP, program, ...args, '--no-stack-env'],
            cwd: root,
            env,
            signal,
          }),
        ),
      )
      say(`topics, schemas and tables are ready (${seconds()} s)`)
    },
  }
  const processesPart: Part = {
    name: 'processes',
    start: async () => {
      ports = await chooseProcessPorts(wishes, say)
      const shared = sharedEnv(process.env, { ...stack?.env }, simulated ? ports.simulator : null)
      await writeStackEnv(dataDir, shared)
      planned = planProcesses(shared, ports, simulated)
      supervised = await Promise.all(planned.map((process) => superviseWithLog(process, dataDir, say)))
    },
    stop: async () => {
      stopping.abort()
      say('stopping …')
      // Who takes work in stops first, then who works on it, then who serves.
      for (const process of supervised.toReversed()) await process.stop()
    },
  }
  // A part of its own: when a service does not get ready, the processes were started and are stopped in their order.
  const readinessPart: Part = {
    name: 'readiness',
    start: async (signal) => {
      await waitUntilReady(planned, 60_000, signal)
      signal.throwIfAborted()
      if (ports === undefined) return
      say(banner({ ports, simulated, keyed, modes: stack?.modes ?? {}, seconds: seconds(), dataDir }))
      if (demo) void demonstrate(ports, config.DEMO_API_KEY, stopping.signal)
    },
  }
  const stackEnvPart: Part = {
    name: 'stack.env',
    start: async () => {
      await writeStackEnv(dataDir, sharedEnv(process.env, { ...stack?.env }, null))
      say(stackBanner({ env: { ...stack?.env }, modes: stack?.modes ?? {}, seconds: seconds(), dataDir }))
    },
  }

  await runProcess({
    log: createLogger({ service: 'start', level: 'warn', destination: { write: sayWarning } }),
    stopDeadlineMs: 60_000,
    parts: serversOnly
      ? [stackPart, provisionPart, stackEnvPart]
      : [stackPart, provisionPart, processesPart, readinessPart],
  })
}

const say = (line: string) => void process.stdout.write(`${toPrintable(line)}\n`)
const sayWarning = (line: string) => void process.stderr.write(`${showLogLine('start', line.trim()) ?? line}\n`)

async function demonstrate(ports: Ports, apiKey: string | undefined, signal: AbortSignal): Promise<void> {
  const { runDemo } = await import('./run-demo.ts')
  const count = 40
  try {
    const arrived = await runDemo({
      gatewayUrl: `http://127.0.0.1:${ports.gateway}`,
      count,
      seed: 1,
      run: Date.now().toString(36),
      apiKey,
      deadlineMs: 120_000,
      print: say,
      signal,
    })
    if (!signal.aborted) say(`\n${arrived} of ${count} insights arrived. Everything stays up; Ctrl-C stops it.`)
  } catch (error) {
    if (!signal.aborted) say(`demo failed: ${(error as Error).message}`)
  }
}
