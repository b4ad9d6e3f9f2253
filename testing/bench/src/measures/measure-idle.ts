import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { makeTempDataDir } from '@insights/stack/make-temp-data-dir'
import type { Bench, World } from '../bench.ts'
import { measureNodeProcesses, type ProcessUse } from './measure-processes.ts'
import { against, printGroup, writeResult } from '../write-result.ts'

/**
 * What the whole pipeline costs while it is not used, and how long it takes to be ready: `npm start` on data of its
 * own, one minute of silence, CPU and memory of every Node process (npm included). Design, section 12: ≤ 3 % of a core,
 * ready in 15 s.
 */
export const idle: Bench = {
  name: 'idle',
  shows: 'what an idle pipeline costs (CPU, memory of every Node process), and how long it takes to start',
  takes: '1.5 min',
  options: '[--seconds 60]',
  run,
}

async function run(argv: string[], { signal, say }: World): Promise<boolean> {
  const { values } = parseArgs({ args: argv, options: { seconds: { type: 'string', default: '60' } } })
  const seconds = Number(values.seconds)
  const temp = await makeTempDataDir()
  const startedAt = performance.now()
  const pipeline = spawn('npm', ['start'], {
    cwd: root,
    env: { ...process.env, DATA_DIR: temp.dataDir },
    detached: true,
  })
  const end = new Promise<void>((done) => pipeline.once('close', () => done()))
  let output = ''
  pipeline.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  pipeline.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const runs = () => pipeline.exitCode === null && pipeline.signalCode === null
  const signalGroup = (name: NodeJS.Signals) => {
    if (runs() && pipeline.pid !== undefined) process.kill(-pipeline.pid, name)
  }
  const endWithUs = () => signalGroup('SIGTERM')
  process.once('exit', endWithUs)

  try {
    while (!output.includes('conversation insights is up')) {
      if (!runs()) throw new Error(`npm start ended early\n${output}`)
      await sleep(50, undefined, { signal })
    }
    const readySeconds = (performance.now() - startedAt) / 1000
    say(`ready after ${readySeconds.toFixed(1)} s (npm itself included); idle for ${seconds} s …`)
    await sleep(5_000, undefined, { signal })
    const before = measureNodeProcesses(pipeline.pid ?? 0)
    await sleep(seconds * 1_000, undefined, { signal })
    const after = measureNodeProcesses(pipeline.pid ?? 0)
    const rows = after.map(({ name, rssBytes, pid, cpuSeconds }) => ({
      name,
      rssBytes,
      cpuShare: (cpuSeconds - cpuOf(before, pid)) / seconds,
    }))
    const cpuPercent = rows.reduce((sum, { cpuShare }) => sum + cpuShare, 0) * 100
    const megabytes = rows.reduce((sum, { rssBytes }) => sum + rssBytes, 0) / 1024 / 1024
    const perProcess = rows.map(({ name, rssBytes, cpuShare }) => ({
      what: name,
      value: `${Math.round(rssBytes / 1024 / 1024)} MB ${(cpuShare * 100).toFixed(2)} %`,
    }))
    const groups = [
      {
        title: `idle for ${seconds} s`,
        figures: [
          against('npm start to ready', readySeconds, { atMost: 15 }, { unit: 's' }),
          against('CPU, all Node processes', cpuPercent, { atMost: 3 }, { unit: '% of a core' }),
          against('memory, all Node processes', megabytes, { atMost: 1024 }, { unit: 'MB' }),
        ],
      },
      { title: 'per process: memory, share of a core', figures: perProcess },
    ]
    for (const group of groups) printGroup(group, say)
    return await writeResult('idle', { groups, options: values, details: { rows } }, say)
  } finally {
    process.off('exit', endWithUs)
    signalGroup('SIGINT')
    await end
    await temp.remove()
  }
}

const root = resolve(import.meta.dirname, '../../../..')

function cpuOf(uses: ProcessUse[], pid: number): number {
  return uses.find((use) => use.pid === pid)?.cpuSeconds ?? 0
}
