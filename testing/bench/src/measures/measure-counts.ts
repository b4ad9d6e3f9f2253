import { parseArgs } from 'node:util'
import { selectCount } from '@insights/query/api/selection/count-insights'
import { openDatabase, type Database } from '@insights/query/api/reading/open-database'
import { selectInsights } from '@insights/query/api/insights/select-insights'
import { migrate } from '@insights/query/migrate'
import { createLogger } from '@insights/runtime/logger'
import { makeTempDataDir } from '@insights/stack/make-temp-data-dir'
import { startStack } from '@insights/stack/start-stack'
import pg from 'pg'
import type { Bench, World } from '../bench.ts'
import { quantile } from '../quantile.ts'
import {
  plainCount,
  randomCounts,
  WINDOWS,
  type Kind,
  type RandomCount,
  type WindowName,
} from '../insights/random-counts.ts'
import { prepareInsights } from '../insights/prepare-insights.ts'
import { positive } from '../read-options.ts'
import { against, printGroup, writeResult, type Figure } from '../write-result.ts'

/**
 * Counts of windows at ten million insights: through the rollups, beside SQL's own count of the same rows, which each
 * must equal; and a page with its count, as the API reads it. Design, section 12.
 */
export const counts: Bench = {
  name: 'counts',
  shows: "exact counts at ten million insights beside SQL's own count(*), the page of the API, and the rollups' size",
  takes: '25 min and 15 GB of disk',
  options: '[--rows 10000000] [--counts 200] [--verify]',
  run,
}

const log = createLogger({ service: 'bench', level: 'warn' })

interface Measured extends RandomCount {
  counted: number
  plain: number
  ms: number
  plainMs: number
}

async function run(argv: string[], world: World): Promise<boolean> {
  const options = {
    rows: { type: 'string', default: '10000000' },
    counts: { type: 'string', default: '200' },
    verify: { type: 'boolean', default: false },
  } as const
  const { values } = parseArgs({ args: argv, options })
  const rows = positive('rows', values.rows)
  const temp = await makeTempDataDir()
  // Only Postgres is needed, and an address that is given is not started.
  const none = { KAFKA_BROKERS: '127.0.0.1:1', SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1' }
  const stack = await startStack({
    dataDir: temp.dataDir,
    env: { ...process.env, ...none, DATABASE_URL: undefined },
    fsync: false,
    preferPorts: false,
    signal: world.signal,
  })
  const { DATABASE_URL: databaseUrl } = stack.env
  const client = new pg.Client({ connectionString: databaseUrl })
  const database = openDatabase({ url: databaseUrl, maxConnections: 1, statementTimeoutMs: 600_000 })
  try {
    await client.connect()
    await migrate({ databaseUrl, log })
    const groups = [
      {
        title: `${rows.toLocaleString('en')} insights`,
        figures: await prepareInsights(client, databaseUrl, { ...values, rows }, world),
      },
    ]
    const measured = await measureCounts(client, database, randomCounts(positive('counts', values.counts), 12), world)
    groups.push(
      { title: 'random counts', figures: judge(measured) },
      ...(['facets and whole percents', 'odd thresholds or two facets'] as const).map((kind) => ({
        title: `${kind}: p50 / p99 in ms, and of the plain count(*)`,
        figures: (Object.keys(WINDOWS) as WindowName[]).flatMap((window) => timesOf(measured, kind, window)),
      })),
      {
        title: 'page of 100 with its exact total_count, as the API reads it',
        figures: await measurePages(database, world),
      },
    )
    for (const group of groups) printGroup(group, world.say)
    return await writeResult('counts', { groups, options: values }, world.say)
  } finally {
    await database.close()
    await client.end()
    await stack.stop()
    await temp.remove()
  }
}

async function measureCounts(
  client: pg.Client,
  database: Database,
  asked: RandomCount[],
  { say, signal }: World,
): Promise<Measured[]> {
  const measured: Measured[] = []
  for (const one of asked) {
    signal.throwIfAborted()
    const count = () => database.read((reader) => selectCount(reader, one.selection))
    // Both find what they need in memory, as what is asked for again and again does.
    await count()
    let began = performance.now()
    const counted = await count()
    const ms = performance.now() - began
    began = performance.now()
    const { rows } = await client.query<{ count: number }>(plainCount(one.selection))
    measured.push({ ...one, counted, plain: rows[0]?.count ?? Number.NaN, ms, plainMs: performance.now() - began })
    if (measured.length % 50 === 0) say(`${measured.length} of ${asked.length} counts compared`)
  }
  return measured
}

function judge(measured: Measured[]): Figure[] {
  const others = measured.filter(({ counted, plain }) => counted !== plain)
  return [
    { what: 'compared', value: measured.length },
    { what: 'of nothing', value: measured.filter(({ plain }) => plain === 0).length },
    against("not equal to SQL's own", others.length, { atMost: 0 }, { hard: true }),
  ]
}

function timesOf(measured: Measured[], kind: Kind, window: WindowName): Figure[] {
  const own = measured.filter((one) => one.kind === kind && one.window === window)
  if (own.length === 0) return []
  const show = (values: number[]) => [0.5, 0.99].map((share) => quantile(values, share).toFixed(1)).join(' / ')
  const [ours, plain] = [own.map(({ ms }) => ms), own.map(({ plainMs }) => plainMs)]
  return [{ what: `${window} (${own.length})`, value: `${show(ours)}  plain ${show(plain)}` }]
}

/** What the API is asked for, by its filter; each at twenty places of the year. */
async function measurePages(database: Database, { signal }: World): Promise<Figure[]> {
  const none = { sentiment: null, minConfidence: null, facets: [], truncated: null, text: null }
  const filters = {
    'no filter': none,
    'negative, confidence ≥ 0.9': { ...none, sentiment: 'negative', minConfidence: 0.9 },
    'a frequent cluster': { ...none, facets: [['cluster=cluster_3']] },
    'a less frequent cluster': { ...none, facets: [['cluster=cluster_29']] },
    'a rare cluster': { ...none, facets: [['cluster=rare_4000']] },
  } as const
  const figures: Figure[] = []
  for (const [name, filter] of Object.entries(filters))
    for (const window of Object.keys(WINDOWS) as WindowName[]) {
      const times: number[] = []
      for (const { selection } of randomCounts(80, 5).filter((one) => one.window === window)) {
        signal.throwIfAborted()
        const page = { selection: { ...selection, time: 'created_at' as const, ...filter }, after: null, limit: 101 }
        const began = performance.now()
        await database.read((reader) => selectInsights(reader, page))
        times.push(performance.now() - began)
      }
      const show = [0.5, 0.99].map((share) => quantile(times, share).toFixed(1)).join(' / ')
      figures.push({ what: `${name}, ${window}: p50 / p99`, value: show, unit: 'ms' })
    }
  return figures
}
