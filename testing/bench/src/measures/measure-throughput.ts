import { mkdtempSync, readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { conversationsIn } from '../conversations-in.ts'
import type { Bench, World } from '../bench.ts'
import { countRecords } from '../count-records.ts'
import { createBacklog } from '../fill-backlog.ts'
import { findKafka, measureUse } from './measure-processes.ts'
import { positive } from '../read-options.ts'
import { readProfile, type Hot } from '../read-profile.ts'
import { runAnalyzers } from '../run-analyzers.ts'
import { startBed } from '../start-bed.ts'
import { startSimulator } from '../start-simulator.ts'
import { against, printGroup, writeResult, type FigureGroup } from '../write-result.ts'

/** What one process can do when the cap is out of the way. Design, section 12. */
export const throughput: Bench = {
  name: 'throughput',
  shows: 'conversations per second of one analyzer on one core, the cap lifted to 500 calls/s and answers in 100 ms',
  takes: '2 min',
  options: '[--backlog 200000] [--profile: the functions that take most time]',
  run,
}

const RPS = 500

async function run(argv: string[], world: World): Promise<boolean> {
  const { values } = parseArgs({
    args: argv,
    options: {
      backlog: { type: 'string', default: '200000' },
      profile: { type: 'boolean', default: false },
      'stack-env': { type: 'string' },
    },
  })
  const { signal, say } = world
  const size = positive('backlog', values.backlog)
  await using bed = await startBed(values['stack-env'], world)
  await using pipeline = await bed.newPipeline('throughput')
  {
    await using backlog = await createBacklog(pipeline)
    await backlog.publish(size, say)
  }
  await using simulator = await startSimulator({ latency: { medianMs: 100, fixed: true }, answers: 'plain' })
  const profileDir = mkdtempSync(join(tmpdir(), 'analyzer-profile-'))
  await using _ = { [Symbol.asyncDispose]: () => rm(profileDir, { recursive: true, force: true }) }
  await using analyzers = runAnalyzers({
    ...pipeline.env,
    GROK_BASE_URL: `${simulator.origin}/v1`,
    OUTBOUND_RPS: String(RPS),
    MAX_CALLS_IN_FLIGHT: '200',
    ...(values.profile && { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profileDir}` }),
  })
  const analyzer = await analyzers.add()
  const insights = () => countRecords(pipeline, 'insightsProduced')

  // The first tenth warms up, the last is left out: at the end batches are no longer full.
  await untilInsights(size * 0.1)
  const kafka = findKafka(bed.dataDir)
  const pids = [analyzer.process.pid, simulator.pid, ...(kafka === null ? [] : [kafka])]
  const use = measureUse(pids)
  const [first, statsBefore, startedAt] = [await insights(), await simulator.stats(), performance.now()]
  await untilInsights(size * 0.9)
  const [last, stats] = [await insights(), await simulator.stats()]
  const seconds = (performance.now() - startedAt) / 1000
  const used = new Map(use().map((one) => [one.pid, one]))
  const cpuOf = (pid: number | null) => (used.get(pid ?? 0)?.cpuShare ?? NaN) * 100
  const calls = stats.calls - statsBefore.calls
  const rate = (last - first) / seconds

  const groups: FigureGroup[] = [
    {
      title: `one analyzer for ${seconds.toFixed(1)} s${values.profile ? ', slowed by its profiler' : ''}`,
      figures: [
        against('insights per second', rate, { atLeast: 3_000 }),
        // Its collector runs on other threads beside it, so its CPU may be more than one core: they count, too.
        against('insights per second and core', rate / (cpuOf(analyzer.process.pid) / 100), { atLeast: 3_000 }),
        { what: 'CPU of the analyzer', value: cpuOf(analyzer.process.pid), unit: '% of a core' },
        { what: 'CPU of the simulator', value: cpuOf(simulator.pid), unit: '% of a core' },
        { what: 'CPU of Kafka', value: kafka === null ? null : cpuOf(kafka), unit: '% of a core' },
        { what: 'memory of the analyzer', value: (used.get(analyzer.process.pid)?.rssBytes ?? NaN) / MB, unit: 'MB' },
        { what: 'calls per second', value: calls / seconds },
        { what: 'conversations per call', value: conversationsIn((stats.items - statsBefore.items) / calls) },
        against('most calls in a rolling second', stats.max_calls_in_sliding_second, { atMost: RPS }, { hard: true }),
      ],
    },
  ]
  let hot: Hot[] = []
  if (values.profile) {
    await analyzers.leave(analyzer)
    const [file] = readdirSync(profileDir)
    if (file === undefined) throw new Error('the analyzer left no profile')
    hot = readProfile(join(profileDir, file), 15)
    groups.push({
      title: 'time by function, without its callees',
      figures: hot.map(({ name, percent }) => ({ what: name, value: percent, unit: '%' })),
    })
  }
  for (const group of groups) printGroup(group, say)
  const result = values.profile ? 'throughput-profile' : 'throughput'
  return writeResult(result, { groups, options: values }, say)

  /** Fails when no insight comes for a while. */
  async function untilInsights(count: number): Promise<void> {
    let before = 0
    let deadline = performance.now() + STALL_MS
    for (let now = await insights(); now < count; now = await insights()) {
      if (now > before) deadline = performance.now() + STALL_MS
      before = now
      if (performance.now() > deadline) throw new Error(`no insight for ${STALL_MS / 1000} s, ${now} have come`)
      await sleep(500, undefined, { signal })
      analyzers.check()
    }
  }
}

const STALL_MS = 60_000
const MB = 1024 * 1024
