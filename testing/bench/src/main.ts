import type { Bench } from './bench.ts'
import { cap } from './measures/measure-cap.ts'
import { cooldown } from './measures/measure-cooldown.ts'
import { counts } from './measures/measure-counts.ts'
import { exporting } from './measures/measure-export.ts'
import { growth } from './measures/measure-growth.ts'
import { idle } from './measures/measure-idle.ts'
import { kills } from './measures/measure-kills.ts'
import { latency } from './measures/measure-latency.ts'
import { projectionKills } from './measures/measure-projection-kills.ts'
import { projector } from './measures/measure-projector.ts'
import { stream } from './measures/measure-stream.ts'
import { query } from './measures/measure-query.ts'
import { throughput } from './measures/measure-throughput.ts'

const benches: Bench[] = [
  cap,
  kills,
  throughput,
  projector,
  projectionKills,
  counts,
  query,
  stream,
  exporting,
  cooldown,
  latency,
  idle,
  growth,
]

/** What takes no stack. */
const alone = new Set<Bench>([idle, growth, counts, query, exporting])

/** What `all` runs, one after the other, each on servers of its own. */
const all: [Bench, string[]][] = [
  [cap, []],
  [cap, ['--proxy']],
  [cap, ['--skew']],
  ...benches.filter((bench) => bench !== cap).map((bench): [Bench, string[]] => [bench, []]),
]

const LIST = `npm run bench -- <name> [options]

${benches.map(({ name, shows, takes, options }) => `  ${name.padEnd(16)} ${shows}\n  ${''.padEnd(16)} takes ${takes}${options && `; ${options}`}`).join('\n')}
  ${'all'.padEnd(16)} all of them, cap also with --proxy and with --skew; about an hour

Each prints its figures beside their marks and writes testing/bench/results/<name>.json. The exit code is 1 when a hard
invariant is broken (the cap, something lost, a second id for one conversation), never because something is slow.
All but idle, growth, counts, query and export take --stack-env .data/stack.env to use a stack that runs (npm run stack) instead of starting one.`

const say = (line: string) => console.log(line)
// Each process that is started listens for our exit, and eight analyzers with their servers are no leak.
process.setMaxListeners(50)
const interrupted = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.on(name, () => {
    // What is ended in order takes seconds; who asks twice does not want to wait, and our children end with us.
    if (interrupted.signal.aborted) process.exit(130)
    say('stopping …')
    interrupted.abort(new Error('interrupted'))
  })

const [name, ...argv] = process.argv.slice(2)
const chosen = benches.find((bench) => bench.name === name)
if (name === undefined || name === '--help') say(LIST)
else if (name === 'all') await runAll()
else if (chosen !== undefined) await runEach([[chosen, argv]])
else {
  console.error(`there is no bench ${JSON.stringify(name)}\n\n${LIST}`)
  process.exitCode = 2
}

/** The options of one bench mean nothing to another, so none but the stack is taken, before the first hour is spent. */
async function runAll(): Promise<void> {
  if (argv.length > 0 && !(argv.length === 2 && argv[0] === '--stack-env')) {
    console.error(`all takes --stack-env FILE only\n\n${LIST}`)
    process.exitCode = 2
    return
  }
  await runEach(all.map(([bench, own]) => [bench, alone.has(bench) ? own : [...own, ...argv]]))
}

async function runEach(runs: [Bench, string[]][]): Promise<void> {
  for (const [bench, args] of runs) {
    say(`\n— ${[bench.name, ...args].join(' ')} (${bench.takes}) —`)
    try {
      if (!(await bench.run(args, { signal: interrupted.signal, say }))) process.exitCode = 1
    } catch (error) {
      if (interrupted.signal.aborted) process.exit(130)
      if (isBadOption(error)) {
        console.error(`${error.message}\n\n${LIST}`)
        process.exitCode = 2
        return
      }
      console.error(`${bench.name} could not be measured:`, error)
      process.exitCode = 1
    }
  }
}

function isBadOption(error: unknown): error is Error {
  return error instanceof TypeError && String((error as { code?: unknown }).code).startsWith('ERR_PARSE_ARGS')
}
