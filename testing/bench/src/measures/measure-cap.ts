import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { startSlowProxy } from '@insights/fixtures/slow-proxy'
import { conversationsIn } from '../conversations-in.ts'
import type { Bench, World } from '../bench.ts'
import { countRecords } from '../count-records.ts'
import { disturbAnalyzers } from '../disturb-analyzers.ts'
import { createBacklog } from '../fill-backlog.ts'
import { followCalls, type CallLog } from '../follow-calls.ts'
import { maxInRollingSecond, shortestSpan } from './measure-pace.ts'
import { measureUse } from './measure-processes.ts'
import { positive, positiveList } from '../read-options.ts'
import { runAnalyzers } from '../run-analyzers.ts'
import { startBed, type Bed } from '../start-bed.ts'
import { startSimulator, type SimulatorCall } from '../start-simulator.ts'
import { against, printGroup, writeResult, type FigureGroup } from '../write-result.ts'

/** I3 and how much of the cap is used, measured where the calls arrive. Design, section 12. */
export const cap: Bench = {
  name: 'cap',
  shows: 'that 1, 3 and 8 analyzers together keep the cap in any rolling second, whatever dies, and use it',
  takes: '10 min',
  options:
    '[--members 1,3,8] [--seconds 60] [--no-chaos] [--proxy: slow handshakes, idle connections closed] [--skew: wrong, jumping clocks]',
  run,
}

const RPS = 10
const BATCH_SIZE = 10

interface Conditions {
  seconds: number
  chaos: boolean
  proxy: boolean
  skew: boolean
}

async function run(argv: string[], world: World): Promise<boolean> {
  const { values } = parseArgs({
    args: argv,
    options: {
      members: { type: 'string' },
      seconds: { type: 'string', default: '60' },
      'no-chaos': { type: 'boolean', default: false },
      proxy: { type: 'boolean', default: false },
      skew: { type: 'boolean', default: false },
      'stack-env': { type: 'string' },
    },
  })
  const { proxy, skew } = values
  const conditions = { seconds: positive('seconds', values.seconds), chaos: !values['no-chaos'], proxy, skew }
  const counts = positiveList('members', values.members ?? (skew ? '2,3' : '1,3,8'))
  await using bed = await startBed(values['stack-env'], world)
  const measured: { groups: FigureGroup[]; details: object }[] = []
  for (const count of counts) measured.push(await measureGroup(count, conditions, bed, world))
  const groups = measured.flatMap((one) => one.groups)
  const details = { runs: measured.map((one) => one.details) }
  const name = `cap${proxy ? '-proxy' : ''}${skew ? '-skew' : ''}`
  return writeResult(name, { groups, options: values, details }, world.say)
}

/** One group of analyzers from its start to its end: warm-up, steady part, disturbances. */
async function measureGroup(count: number, { seconds, chaos, proxy, skew }: Conditions, bed: Bed, world: World) {
  const { signal, say } = world
  const title = count === 1 ? '1 analyzer' : `${count} analyzers`
  const disturbed = chaos && count >= 3
  say(`\n${title}${proxy ? ', slow handshakes' : ''}${skew ? ', wrong clocks' : ''}: warming up …`)
  await using pipeline = await bed.newPipeline('cap')
  await using backlog = await createBacklog(pipeline)
  // What the cap lets through in the time, and as much again: it must never run dry.
  await backlog.publish(2 * RPS * BATCH_SIZE * (WARM_UP_SECONDS + seconds + (disturbed ? 150 : 0)), say)
  await using simulator = await startSimulator({ latency: { medianMs: 3_000 } })
  await using door = proxy ? await startProxy(simulator.origin) : { url: simulator.origin, ...nothingToEnd }
  await using calls = followCalls(simulator, signal)
  await using analyzers = runAnalyzers({
    ...pipeline.env,
    GROK_BASE_URL: `${door.url}/v1`,
    OUTBOUND_RPS: String(RPS),
  })
  await analyzers.addMany(Array.from({ length: count }, (_, index) => (skew ? skewed(index) : {})))
  await calls.until((all) => all.length >= WARM_UP_CALLS, 120_000)

  const steady = await measureSteady()
  const groups: FigureGroup[] = [{ title: `${title}, steady for ${seconds} s`, figures: steady }]
  printGroup(groups[0] as FigureGroup, say)
  let disturbances: Awaited<ReturnType<typeof disturbAnalyzers>> = []
  if (disturbed) {
    say(`\n${title}, disturbed:`)
    const before = lastMoment(calls)
    disturbances = await disturbAnalyzers(analyzers, skew ? skewed(count) : {}, world)
    await calls.refresh()
    const during = calls.all().filter(({ at_ms }) => at_ms > before)
    const lasted = (lastMoment(calls) - before) / 1000
    groups.push({
      title: `${title}, disturbed for ${Math.round(lasted)} s`,
      figures: [...paceFigures(during), { what: 'share of the cap', value: shareOf(during, lasted), unit: '%' }],
    })
  }
  await calls.refresh()
  analyzers.check()
  const seen = Math.max(
    maxInRollingSecond(momentsOf(calls.all())),
    (await simulator.stats()).max_calls_in_sliding_second,
  )
  groups.push({
    title: `${title}, the whole run from the first call to the last`,
    figures: [
      { what: 'calls', value: calls.all().length },
      ...paceFigures(calls.all(), seen),
      ...(proxy ? [{ what: 'connections used', value: new Set(calls.all().map((call) => call.connection)).size }] : []),
    ],
  })
  for (const group of groups.slice(1)) printGroup(group, say)
  return { groups, details: { members: count, disturbances, connections: door.stats?.() } }

  async function measureSteady() {
    const use = measureUse(analyzers.members().map((member) => member.process.pid))
    const insightsBefore = await countRecords(pipeline, 'insightsProduced')
    const startedAt = performance.now()
    await calls.refresh()
    const from = lastMoment(calls)
    await sleep(seconds * 1000, undefined, { signal })
    const lasted = (performance.now() - startedAt) / 1000
    const insights = (await countRecords(pipeline, 'insightsProduced')) - insightsBefore
    await calls.refresh()
    analyzers.check()
    const during = calls.all().filter(({ at_ms }) => at_ms > from && at_ms <= from + seconds * 1000)
    const used = use()
    const conversations = during.reduce((sum, call) => sum + conversationsIn(call.items), 0)
    return [
      ...paceFigures(during),
      against('share of the cap', shareOf(during, seconds), { atLeast: 94 }, { unit: '%' }),
      against('conversations per call', conversations / during.length, { atLeast: 9.5 }),
      against('insights per second', insights / lasted, { atLeast: 90 }),
      { what: 'CPU per process, mean', value: mean(used.map(({ cpuShare }) => cpuShare * 100)), unit: '% of a core' },
      { what: 'memory per process, most', value: most(used.map(({ rssBytes }) => rssBytes / MB)), unit: 'MB' },
    ]
  }
}

const WARM_UP_CALLS = 100
const WARM_UP_SECONDS = 40
const MB = 1024 * 1024

function paceFigures(calls: readonly SimulatorCall[], seen = maxInRollingSecond(momentsOf(calls))) {
  return [
    against('most calls in a rolling second', seen, { atMost: RPS }, { hard: true }),
    against(
      `shortest span of ${RPS + 1} calls`,
      shortestSpan(momentsOf(calls), RPS + 1),
      { atLeast: 1000 },
      { unit: 'ms' },
    ),
  ]
}

const momentsOf = (calls: readonly SimulatorCall[]): number[] => calls.map(({ at_ms }) => at_ms)
const lastMoment = (calls: CallLog): number => calls.all().at(-1)?.at_ms ?? 0
const shareOf = (calls: readonly SimulatorCall[], seconds: number): number => (100 * calls.length) / (RPS * seconds)
/** Null where the system does not tell what processes use. */
const mean = (values: number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
const most = (values: number[]): number | null => (values.length === 0 ? null : Math.max(...values))

const nothingToEnd = { stats: undefined, [Symbol.asyncDispose]: () => Promise.resolve() }

/** What loopback hides: a handshake as long as TLS across an ocean, and a peer that closes idle connections. */
async function startProxy(origin: string) {
  const proxy = await startSlowProxy({ target: new URL(origin), handshakeMs: 150, idleCloseMs: 3_000 })
  return {
    url: proxy.url,
    stats: proxy.stats as (() => object) | undefined,
    [Symbol.asyncDispose]: proxy.stop,
  }
}

/** Clocks that are 3 s fast or slow and jump by 3 s, in ways that differ between neighbours. */
function skewed(index: number): Record<string, string> {
  const preload = pathToFileURL(new URL('../skew-clock.mjs', import.meta.url).pathname).href
  return {
    NODE_OPTIONS: `--import=${preload}`,
    SKEW_MS: String(index % 2 === 0 ? 3_000 : -3_000),
    SKEW_STEP_MS: String(index % 4 < 2 ? 3_000 : -3_000),
    SKEW_STEP_SECONDS: '7',
  }
}
