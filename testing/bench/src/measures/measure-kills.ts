import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Bench, World } from '../bench.ts'
import { createBacklog } from '../fill-backlog.ts'
import { positive } from '../read-options.ts'
import { readOutcomes } from '../read-outcomes.ts'
import { readMetric, runAnalyzers, type Member } from '../run-analyzers.ts'
import { seededRandom } from '@insights/grok-simulator/seeded-random'
import { startBed } from '../start-bed.ts'
import { startSimulator } from '../start-simulator.ts'
import { against, printGroup, writeResult, type FigureGroup } from '../write-result.ts'

/** I2 and I6 under kills, and what is paid twice. */
export const kills: Bench = {
  name: 'kills',
  shows: 'that 20 kills −9 under load lose nothing and repeat only what was in flight; planned leaves repeat nothing',
  takes: '10 min',
  options: '[--rounds 20] [--seed 1]',
  run,
}

const RPS = 10
const BATCH_SIZE = 10
/** Enough that every batch is full, little enough that the end does not take long. */
const AHEAD = 2_000
const LIMIT = 150_000

interface Round {
  what: string
  /**
   * Conversations in flight just before, at the one that goes (or, at a join, at the one that may give up partitions).
   */
  inFlight: number
  /** In all calls that the simulator had not answered. */
  inFlightOfAll: number
  repeated: number
}

async function run(argv: string[], world: World): Promise<boolean> {
  const { values } = parseArgs({
    args: argv,
    options: {
      rounds: { type: 'string', default: '20' },
      seed: { type: 'string', default: '1' },
      'stack-env': { type: 'string' },
    },
  })
  const { signal, say } = world
  const random = seededRandom(positive('seed', values.seed))
  await using bed = await startBed(values['stack-env'], world)
  await using pipeline = await bed.newPipeline('kills')
  await using backlog = await createBacklog(pipeline)
  await using outcomes = await readOutcomes(pipeline, signal)
  await using simulator = await startSimulator({ latency: { medianMs: 3_000 } })
  await using analyzers = runAnalyzers({
    ...pipeline.env,
    GROK_BASE_URL: `${simulator.origin}/v1`,
    OUTBOUND_RPS: String(RPS),
    BATCH_SIZE: String(BATCH_SIZE),
  })
  await using feeding = backlog.keepAhead({ ahead: AHEAD, done: outcomes.done, limit: LIMIT })
  await analyzers.addMany([{}, {}])
  await pause(10, 12)

  const rounds: Round[] = []
  for (let round = 1; round <= positive('rounds', values.rounds); round++) {
    const victim = pick()
    await observe(`kill ${round}`, victim, async () => {
      await analyzers.kill(victim)
      await analyzers.add(victim.env)
      await pause(6, 12)
    })
  }
  for (let round = 1; round <= 3; round++) {
    const [leaver, other] = analyzers.members() as [Member, Member]
    await observe(`leave ${round}`, leaver, async () => {
      await analyzers.leave(leaver)
      await pause(6, 9)
    })
    await observe(`join ${round}`, other, async () => {
      await analyzers.add(leaver.env)
      await pause(6, 9)
    })
  }

  await feeding.stop()
  const published = backlog.published()
  say(`${published - outcomes.done()} of ${published} conversations are left …`)
  await outcomes.drain(published, 60_000)
  await sleep(2_000, undefined, { signal })
  analyzers.check()
  const account = outcomes.account(published)
  const seen = (await simulator.stats()).max_calls_in_sliding_second
  const of = (kind: string) => rounds.filter(({ what }) => what.startsWith(kind))
  const within = (round: Round) => round.repeated <= round.inFlight + UNSEEN_CALLS * BATCH_SIZE
  const groups: FigureGroup[] = [
    {
      title: `${of('kill').length} kills, 3 leaves, 3 joins under load`,
      figures: [
        { what: 'conversations', value: published },
        against('lost', account.lost, { atMost: 0 }, { hard: true }),
        against('conversations with more than one insight id', account.duplicateIds, { atMost: 0 }, { hard: true }),
        against('given up (analysis.failed)', outcomes.failed(), { atMost: 0 }),
        against('most calls in a rolling second', seen, { atMost: RPS }, { hard: true }),
        { what: 'insight records beyond one each', value: account.repeatedRecords },
        against('kills that repeated more than was in flight', of('kill').filter((r) => !within(r)).length, {
          atMost: 0,
        }),
        { what: 'conversations sent twice per kill, mean', value: meanOf(of('kill')) },
        against('conversations sent twice by leaves', sumOf(of('leave')), { atMost: 0 }),
        against('joins that repeated more than was in flight', of('join').filter((r) => !within(r)).length, {
          atMost: 0,
        }),
      ],
    },
  ]
  for (const group of groups) printGroup(group, say)
  return writeResult('kills', { groups, options: values, details: { rounds } }, say)

  function pick(): Member {
    const members = analyzers.members()
    return members[Math.floor(random() * members.length)] as Member
  }

  async function pause(fromSeconds: number, toSeconds: number): Promise<void> {
    await sleep((fromSeconds + random() * (toSeconds - fromSeconds)) * 1000, undefined, { signal })
    analyzers.check()
  }

  /** What was sent twice between a disturbance and the time when all that it put back has been sent again. */
  async function observe(what: string, at: Member, disturb: () => Promise<void>): Promise<void> {
    const [before, calls] = await Promise.all([simulator.stats(), readMetric(at, 'insights_grok_calls_in_flight')])
    await disturb()
    const after = await simulator.stats()
    const round = {
      what,
      inFlight: calls * BATCH_SIZE,
      inFlightOfAll: before.in_flight * BATCH_SIZE,
      repeated: after.repeated_items - before.repeated_items,
    }
    rounds.push(round)
    say(
      `${what.padEnd(8)} ${at.name.padEnd(12)} in flight ${String(round.inFlight).padStart(4)} (all ${round.inFlightOfAll}), repeated ${round.repeated}`,
    )
  }
}

/**
 * In flight too, but not in the figure: the call that leaves after the look, and one that is answered and not yet
 * committed.
 */
const UNSEEN_CALLS = 2

const sumOf = (rounds: Round[]): number => rounds.reduce((sum, { repeated }) => sum + repeated, 0)
const meanOf = (rounds: Round[]): number | null => (rounds.length === 0 ? null : sumOf(rounds) / rounds.length)
