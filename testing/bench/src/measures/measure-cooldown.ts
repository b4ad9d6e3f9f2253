import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Bench, World } from '../bench.ts'
import { createBacklog } from '../fill-backlog.ts'
import { followCalls } from '../follow-calls.ts'
import { groupByGap } from './measure-pace.ts'
import { readOutcomes } from '../read-outcomes.ts'
import { readSteps } from '../read-steps.ts'
import { runAnalyzers } from '../run-analyzers.ts'
import { simulateLadder } from './simulate-ladder.ts'
import { startBed } from '../start-bed.ts'
import { startSimulator, type Fault, type SimulatorCall } from '../start-simulator.ts'
import { watchPauses } from '../watch-pauses.ts'
import { against, printGroup, writeResult, type Figure, type FigureGroup } from '../write-result.ts'

/** Faults of the provider cost no conversation an attempt, and a group of analyzers waits as one caller would. */
export const cooldown: Bench = {
  name: 'cooldown',
  shows: 'that 3 analyzers wait out 503s, a long Retry-After and a bad key as one caller would, and lose nothing',
  takes: '7 min',
  options: '[--short: a sixth of the durations]',
  run,
}

const RPS = 10
const MEMBERS = 3
const BACKOFF_MS = 1_500
const AHEAD = 1_500
const LIMIT = 100_000

async function run(argv: string[], world: World): Promise<boolean> {
  const { values } = parseArgs({
    args: argv,
    options: { short: { type: 'boolean', default: false }, 'stack-env': { type: 'string' } },
  })
  const { signal, say } = world
  const scale = values.short ? 1 / 6 : 1
  const probeMs = 30_000 * scale
  await using bed = await startBed(values['stack-env'], world)
  await using pipeline = await bed.newPipeline('cooldown')
  await using backlog = await createBacklog(pipeline)
  await using outcomes = await readOutcomes(pipeline, signal)
  await using simulator = await startSimulator({ latency: { medianMs: 3_000 } })
  await using calls = followCalls(simulator, signal)
  await using analyzers = runAnalyzers({
    ...pipeline.env,
    GROK_BASE_URL: `${simulator.origin}/v1`,
    OUTBOUND_RPS: String(RPS),
    BACKOFF_SECONDS: String(BACKOFF_MS / 1000),
    PROBE_SECONDS: String(probeMs / 1000),
  })
  await using feeding = backlog.keepAhead({ ahead: AHEAD, done: outcomes.done, limit: LIMIT })
  await analyzers.addMany(Array.from({ length: MEMBERS }, () => ({})))
  await using pauses = watchPauses(analyzers)
  await untilBack(50)

  const groups = [await waitOutUnavailable(), await waitOutRetryAfter(), await waitOutWrongKey()]
  await feeding.stop()
  const published = backlog.published()
  say(`\n${published - outcomes.done()} of ${published} conversations are left …`)
  await outcomes.drain(published, 120_000)
  analyzers.check()
  const account = outcomes.account(published)
  const stats = await simulator.stats()
  groups.push({
    title: `afterwards, of ${published} conversations`,
    figures: [
      against('lost', account.lost, { atMost: 0 }, { hard: true }),
      against('conversations with more than one insight id', account.duplicateIds, { atMost: 0 }, { hard: true }),
      against('given up (analysis.failed)', outcomes.failed(), { atMost: 0 }),
      against('most calls in a rolling second', stats.max_calls_in_sliding_second, { atMost: RPS }, { hard: true }),
    ],
  })
  printGroup(groups.at(-1) as FigureGroup, say)
  return writeResult('cooldown', { groups, options: values, details: { calls: troubled() } }, say)

  async function waitOutUnavailable(): Promise<FigureGroup> {
    const lastsMs = 120_000 * scale
    const hit = await outage({ kind: 'unavailable', for_ms: lastsMs }, lastsMs)
    // Each member may meet the outage with the call it was about to make; from then on they are one caller.
    const most = simulateLadder({ lastsMs, backoffMs: BACKOFF_MS }) + MEMBERS - 1
    const steps = await readSteps(pipeline, 'unavailable')
    return told(`503 for ${lastsMs / 1000} s`, 'unavailable', [
      against('calls that reached it', hit.length, { atMost: most }),
      { what: 'back-off steps of the group, by its own signals', value: steps },
      against('calls beyond one probe for each step', steps === null ? null : hit.length - steps, { atMost: MEMBERS }),
      ...gapFigures(hit),
    ])
  }

  async function waitOutRetryAfter(): Promise<FigureGroup> {
    const asksMs = 90_000 * scale
    const [refused] = await outage({ kind: 'rate_limited', next: 1, retry_after: String(asksMs / 1000) }, asksMs)
    const from = refused?.at_ms ?? NaN
    const after = calls.all().filter(({ at_ms }) => at_ms > from && at_ms < from + asksMs)
    // Until the others have heard of it, calls may be in flight.
    const deaf = after.filter(({ at_ms }) => at_ms > from + 1_000)
    return told(`one 429 with Retry-After ${asksMs / 1000}`, 'rate_limited', [
      { what: 'calls in the second after it', value: after.length - deaf.length },
      against('calls in the rest of the wait', refused === undefined ? null : deaf.length, { atMost: 0 }),
    ])
  }

  async function waitOutWrongKey(): Promise<FigureGroup> {
    const lastsMs = 30_000 * scale
    const hit = await outage({ kind: 'wrong_key', for_ms: lastsMs }, lastsMs)
    const most = MEMBERS + Math.floor(lastsMs / (0.9 * probeMs))
    return told(`wrong key for ${lastsMs / 1000} s, a probe every ${probeMs / 1000} s`, 'api_key', [
      against('calls that reached it', hit.length, { atMost: most }),
      ...gapFigures(hit),
    ])
  }

  /** Sets a fault, waits it out, and until calls are answered again; gives the calls that it hit. */
  async function outage(fault: Fault, lastsMs: number): Promise<SimulatorCall[]> {
    await calls.refresh()
    const before = calls.all().length
    say(`\n${fault.kind} for ${lastsMs / 1000} s …`)
    await simulator.setFaults([fault])
    await sleep(lastsMs, undefined, { signal })
    await untilBack(20)
    return calls
      .all()
      .slice(before)
      .filter(({ status_or_fault }) => status_or_fault === fault.kind)
  }

  /** The longest back-off is a minute, a call's tail 15 s. */
  async function untilBack(answered: number): Promise<void> {
    const known = calls.all().length
    await calls.until(
      (all) => all.slice(known).filter(({ status_or_fault }) => status_or_fault === 200).length >= answered,
      120_000,
    )
    analyzers.check()
  }

  function told(title: string, reason: string, figures: Figure[]): FigureGroup {
    const { metrics, readyz } = pauses.of(reason)
    const seen = [
      against(`analyzers with reason ${reason} in /metrics`, metrics.size, { atLeast: 1 }),
      against(`analyzers with reason ${reason} in /readyz`, readyz.size, { atLeast: 1 }),
    ]
    const group = { title, figures: [...figures, ...seen] }
    printGroup(group, say)
    return group
  }

  function troubled(): SimulatorCall[] {
    return calls.all().filter(({ status_or_fault }) => status_or_fault !== 200)
  }
}

/** Within one slot only analyzers that do not wait for each other call. */
const TOGETHER_MS = 90

function gapFigures(hit: SimulatorCall[]): Figure[] {
  const moments = hit.map(({ at_ms }) => at_ms)
  const gaps = moments.slice(1).map((moment, index) => ((moment - (moments[index] ?? 0)) / 1000).toFixed(1))
  const together = groupByGap(moments, TOGETHER_MS).map((group) => group.length)
  return [
    against('most calls within a slot', Math.max(0, ...together), { atMost: 1 }),
    { what: 'seconds between them', value: gaps.join(' ') || '-' },
  ]
}
