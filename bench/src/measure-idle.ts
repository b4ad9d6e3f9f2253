import { spawn } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeTempDataDir } from '@insights/stack/make-temp-data-dir'
import { measureNodeProcesses, type ProcessUse } from './measure-processes.ts'

const root = resolve(import.meta.dirname, '../..')
const IDLE_SECONDS = 60

/**
 * What the whole pipeline costs when nobody uses it, and how long it takes to be ready: `npm start` on data of its own, one
 * minute of silence, CPU and memory of every Node process (npm included). Design, section 12: ≤ 3 % of a core, ready in 15 s.
 */
const temp = await makeTempDataDir()
const startedAt = performance.now()
const pipeline = spawn('npm', ['start'], { cwd: root, env: { ...process.env, DATA_DIR: temp.dataDir }, detached: true })
const end = new Promise<void>((done) => pipeline.once('close', () => done()))
let output = ''
pipeline.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
pipeline.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
const runs = () => pipeline.exitCode === null && pipeline.signalCode === null
const signalGroup = (name: NodeJS.Signals) => {
  if (runs() && pipeline.pid !== undefined) process.kill(-pipeline.pid, name)
}
process.once('exit', () => signalGroup('SIGTERM'))

try {
  while (!output.includes('conversation insights is up')) {
    if (!runs()) throw new Error(`npm start ended early\n${output}`)
    await sleep(50)
  }
  const readySeconds = (performance.now() - startedAt) / 1000
  console.log(`ready after ${readySeconds.toFixed(1)} s (npm itself included); idle for ${IDLE_SECONDS} s …`)
  await sleep(5_000)
  const before = measureNodeProcesses(pipeline.pid ?? 0)
  await sleep(IDLE_SECONDS * 1_000)
  const after = measureNodeProcesses(pipeline.pid ?? 0)
  const rows = after.map(({ name, rssBytes, pid, cpuSeconds }) => ({
    name,
    rssBytes,
    cpuShare: (cpuSeconds - cpuOf(before, pid)) / IDLE_SECONDS,
  }))
  const total = {
    name: 'all Node processes',
    rssBytes: rows.reduce((sum, { rssBytes }) => sum + rssBytes, 0),
    cpuShare: rows.reduce((sum, { cpuShare }) => sum + cpuShare, 0),
  }
  for (const { name, rssBytes, cpuShare } of [...rows, total])
    console.log(
      `${name.padEnd(28)} ${String(Math.round(rssBytes / 1024 / 1024)).padStart(5)} MB ${(cpuShare * 100).toFixed(2).padStart(6)} % of a core`,
    )
  const results = resolve(root, 'bench/results')
  await mkdir(results, { recursive: true })
  const machine = { cpus: cpus().length, model: cpus()[0]?.model, node: process.version }
  const document = {
    measuredAt: new Date().toISOString(),
    machine,
    readySeconds,
    idleSeconds: IDLE_SECONDS,
    total,
    rows,
  }
  await writeFile(join(results, 'idle.json'), `${JSON.stringify(document, null, 2)}\n`)
} finally {
  signalGroup('SIGINT')
  await end
  await temp.remove()
}

function cpuOf(uses: ProcessUse[], pid: number): number {
  return uses.find((use) => use.pid === pid)?.cpuSeconds ?? 0
}
