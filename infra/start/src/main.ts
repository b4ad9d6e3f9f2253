import { createWriteStream, existsSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { runProcess, type Part } from '@insights/runtime/lifecycle'
import { createLogger } from '@insights/runtime/logger'
import { ConfigError, readConfig } from '@insights/runtime/read-config'
import { choosePorts, isPortFree } from '@insights/stack/choose-ports'
import { StackRefused } from '@insights/stack/server'
import { startStack, type Stack } from '@insights/stack/start-stack'
import { banner, stackBanner } from './banner.ts'
import { variables } from './config.ts'
import { parseArguments } from './parse-arguments.ts'
import {
  chooseGrok,
  planProcesses,
  PREFERRED_PORTS,
  sharedEnv,
  type PlannedProcess,
  type Ports,
} from './plan-processes.ts'
import { portWishes } from './port-wishes.ts'
import { runJob } from './run-job.ts'
import { showLogLine } from './show-log-line.ts'
import { superviseProcess, type Supervised } from './supervise-process.ts'
import { waitUntilReady } from './wait-until-ready.ts'

const root = resolve(import.meta.dirname, '../../..')
const say = (line: string) => void process.stdout.write(`${line}\n`)
const refuse = (text: string): never => {
  process.stderr.write(`${text}\n`)
  process.exit(2)
}

const parsed = parseArguments(process.argv.slice(2))
if (!parsed.ok) {
  ;(parsed.exitCode === 0 ? process.stdout : process.stderr).write(`${parsed.text}\n`)
  process.exit(parsed.exitCode)
}
const { demo, fresh, stackOnly } = parsed.arguments
// What is set already wins over the file.
if (existsSync(resolve(root, '.env'))) process.loadEnvFile(resolve(root, '.env'))
const grok = chooseGrok(process.env)
if (grok.kind === 'fault') refuse(grok.text)
const config = readStartConfig()
const dataDir = resolve(root, config.DATA_DIR)

const startedAt = performance.now()
const seconds = () => ((performance.now() - startedAt) / 1000).toFixed(1)
const stopping = new AbortController()
let stack: Stack | undefined
let supervised: Supervised[] = []
/**
 * At the default rates a small young generation costs nothing, and without it V8 lets each idle process keep 30 MB of
 * garbage from its start.
 */
const node = (program: string) => [
  '--max-semi-space-size=2',
  '--import',
  './infra/start/src/cache-compiled.mjs',
  '--import',
  './infra/start/src/exit-with-parent.mjs',
  program,
]

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
    const job = (name: string, program: string) => runJob({ name, argv: node(program), cwd: root, env, signal })
    await Promise.all([
      job('provisioning', 'infra/provision/src/main.ts'),
      job('migration', 'services/query/src/run-migrations.ts'),
    ])
    say(`topics, schemas and tables are ready (${seconds()} s)`)
  },
}

let planned: PlannedProcess[] = []
let announce = () => {}

const processesPart: Part = {
  name: 'processes',
  start: async () => {
    const ports = await choosePipelinePorts()
    const shared = sharedEnv(process.env, { ...stack?.env }, grok.kind === 'simulator' ? ports.simulator : null)
    await writeStackEnv(shared)
    planned = planProcesses(shared, ports, grok.kind === 'simulator')
    supervised = await Promise.all(planned.map(supervise))
    announce = () => {
      const simulated = grok.kind === 'simulator'
      say(banner({ ports, simulated, modes: stack?.modes ?? {}, seconds: seconds(), dataDir }))
      if (demo) void demonstrate(`http://127.0.0.1:${ports.gateway}`)
    }
  },
  stop: async () => {
    stopping.abort()
    say('stopping …')
    // Who takes work in stops first, then who works on it, then who serves.
    for (const process of supervised.toReversed()) await process.stop()
  },
}

/** A part of its own: when a service does not get ready, the processes were started and are stopped in their order. */
const readinessPart: Part = {
  name: 'readiness',
  start: async (signal) => {
    await waitUntilReady(planned, 60_000, signal)
    signal.throwIfAborted()
    announce()
  },
}

const stackOnlyPart: Part = {
  name: 'stack.env',
  start: async () => {
    await writeStackEnv(sharedEnv(process.env, { ...stack?.env }, null))
    say(stackBanner({ env: { ...stack?.env }, modes: stack?.modes ?? {}, seconds: seconds(), dataDir }))
  },
}

function readStartConfig() {
  try {
    return readConfig(variables, process.env)
  } catch (error) {
    if (error instanceof ConfigError) return refuse(error.message)
    throw error
  }
}

async function choosePipelinePorts(): Promise<Ports> {
  const wishes = portWishes(process.env)
  for (const { name, asked } of wishes)
    if (asked !== null && !(await isPortFree(asked)))
      throw new StackRefused(
        `${PREFERRED_PORTS[name].variable}=${asked} is taken: choose another, or unset it and a free port is found.`,
      )
  const { ports, replaced } = await choosePorts(
    wishes.map(({ name, asked }) => ({ for: name, preferred: asked ?? PREFERRED_PORTS[name].port })),
    isPortFree,
    Math.random,
  )
  for (const change of replaced) say(`port ${change.preferred} is taken, ${change.for} listens on ${change.port}`)
  return Object.fromEntries(wishes.map(({ name }, index) => [name, ports[index]])) as unknown as Ports
}

/** Further processes choose their own ports: the documented ones are taken by the supervised. */
async function writeStackEnv(shared: Record<string, string>): Promise<void> {
  await mkdir(dataDir, { recursive: true })
  const freePorts = { INGRESS_PORT: '0', ANALYZER_PORT: '0', QUERY_PORT: '0', PROJECTOR_PORT: '0' }
  const lines = Object.entries({ ...shared, ...freePorts }).map(([name, value]) => `${name}=${value}\n`)
  await writeFile(resolve(dataDir, 'stack.env'), lines.join(''), { mode: 0o600 })
}

async function supervise({ name, program, env }: PlannedProcess): Promise<Supervised> {
  const file = resolve(dataDir, 'logs', `${name}.log`)
  await mkdir(resolve(dataDir, 'logs'), { recursive: true })
  await rename(file, `${file}.1`).catch(() => {})
  const logFile = createWriteStream(file)
  return superviseProcess({
    name,
    argv: node(program),
    cwd: root,
    env: { ...process.env, ...env },
    onLine: (line) => {
      logFile.write(`${line}\n`)
      const shown = showLogLine(name, line)
      if (shown !== null) say(shown)
    },
    report: say,
    stopDeadlineMs: 15_000,
  })
}

async function demonstrate(gatewayUrl: string): Promise<void> {
  const { runDemo } = await import('./run-demo.ts')
  const count = 40
  try {
    const arrived = await runDemo({
      gatewayUrl,
      count,
      seed: 1,
      run: Date.now().toString(36),
      apiKey: config.DEMO_API_KEY,
      deadlineMs: 120_000,
      print: say,
      signal: stopping.signal,
    })
    if (!stopping.signal.aborted)
      say(`\n${arrived} of ${count} insights arrived. Everything stays up; Ctrl-C stops it.`)
  } catch (error) {
    if (!stopping.signal.aborted) say(`demo failed: ${(error as Error).message}`)
  }
}

await runProcess({
  log: createLogger({
    service: 'start',
    level: 'warn',
    destination: {
      write: (line: string) => void process.stderr.write(`${showLogLine('start', line.trim()) ?? line}\n`),
    },
  }),
  stopDeadlineMs: 60_000,
  parts: stackOnly
    ? [stackPart, provisionPart, stackOnlyPart]
    : [stackPart, provisionPart, processesPart, readinessPart],
})
