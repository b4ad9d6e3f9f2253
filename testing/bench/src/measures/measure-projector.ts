import { mkdtempSync, readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Bench, World } from '../bench.ts'
import { kinds, type KindName } from '../projector/competitors.ts'
import { connectVersions, fetchConnect } from '../projector/fetch-connect.ts'
import { fillTopic, type Filled } from '../projector/fill-topic.ts'
import { measureRun, type Run } from '../projector/measure-run.ts'
import { createDatabase } from '../projector/create-database.ts'
import { tellRuns, type Pair } from '../projector/tell-runs.ts'
import { badOption, positive } from '../read-options.ts'
import { readProfile } from '../read-profile.ts'
import { startBed, type Pipeline } from '../start-bed.ts'
import { printGroup, writeResult, type FigureGroup } from '../write-result.ts'
import { findPostgres } from './measure-processes.ts'

/** The projector beside the Debezium JDBC sink of Kafka Connect, on the same topic and table. Design, section 12. */
export const projector: Bench = {
  name: 'projector',
  shows: 'records per second, CPU and memory of the projector beside the Debezium JDBC sink: inserts, then updates',
  takes: '10 min',
  options: `[--records 1000000] [--pairs 3] [--only ${Object.keys(kinds).join(',')}] [--profile: of our processes]`,
  run,
}

async function run(argv: string[], world: World): Promise<boolean> {
  const { values } = parseArgs({
    args: argv,
    options: {
      records: { type: 'string', default: '1000000' },
      pairs: { type: 'string', default: '3' },
      only: { type: 'string', default: 'sink,plain,tables' },
      profile: { type: 'boolean', default: false },
      'stack-env': { type: 'string' },
    },
  })
  const { say, signal } = world
  const count = positive('records', values.records)
  const names = readKinds(values.only)
  const connect = await fetchConnect({ env: process.env, report: say, signal })
  await using bed = await startBed(values['stack-env'], world, { postgres: true })
  const postgresPid = findPostgres(bed.dataDir)
  await using inserts = await bed.newPipeline('inserts')
  await using updates = await bed.newPipeline('updates')
  const startedAt = Date.now()
  const topics: { pipeline: Pipeline; filled: Filled }[] = []
  for (const [round, pipeline] of [inserts, updates].entries())
    topics.push({ pipeline, filled: await fillTopic(pipeline, { count, round, startedAt }, world) })
  const profiles: FigureGroup[] = []

  /** A competitor on the empty tables of a database of its own, then once more on the filled ones. */
  async function runBoth(name: KindName): Promise<Run[]> {
    const kind = kinds[name]
    await using database = await createDatabase(bed.env['DATABASE_URL'] ?? '')
    const runs: Run[] = []
    for (const [round, { pipeline, filled }] of topics.entries()) {
      signal.throwIfAborted()
      const profileDir = mkdtempSync(join(tmpdir(), 'projector-profile-'))
      await using _ = { [Symbol.asyncDispose]: () => rm(profileDir, { recursive: true, force: true }) }
      const nodeArgs = values.profile ? ['--cpu-prof', `--cpu-prof-dir=${profileDir}`] : []
      const where = { bed, pipeline, ...database, world, connect, nodeArgs }
      if (round === 0) await kind.makeTables(where)
      const run = await measureRun(kind, where, { filled, count, postgresPid })
      say(`${kind.title}, ${round === 0 ? 'inserts' : 'updates'}: ${Math.round(run.recordsPerSecond)} records/s`)
      runs.push(run)
      for (const file of readdirSync(profileDir)) {
        const hot = readProfile(join(profileDir, file), 25)
        const figures = hot.map(({ name, percent }) => ({ what: name, value: percent, unit: '%' }))
        profiles.push({ title: `${kind.title}, ${round === 0 ? 'inserts' : 'updates'}: time by function`, figures })
      }
    }
    return runs
  }

  const pairs: Pair[] = []
  const meanBytes = topics.map(({ filled }) => filled.meanBytes)
  const result = values.profile ? 'projector-profile' : 'projector'
  let holds = true
  for (let pair = 0; pair < positive('pairs', values.pairs); pair++) {
    say(`pair ${pair + 1} of ${values.pairs}`)
    const runs: Pair = {}
    for (const name of names) runs[name] = await runBoth(name)
    pairs.push(runs)
    // After each, because a pair takes minutes: a run that is interrupted leaves what it has measured.
    const groups = [...tellRuns(pairs), ...profiles]
    for (const group of groups) printGroup(group, say)
    const details = { ...connectVersions, meanBytes, pairs }
    holds = await writeResult(result, { groups, options: values, details }, say)
  }
  return holds
}

function readKinds(text: string): KindName[] {
  const wanted = text.split(',')
  const names = Object.keys(kinds) as KindName[]
  const unknown = wanted.find((name) => !names.some((known) => known === name))
  if (unknown !== undefined) throw badOption(`--only takes ${names.join(', ')}, not ${JSON.stringify(unknown)}`)
  return names.filter((name) => wanted.includes(name))
}
