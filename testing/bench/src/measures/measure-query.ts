import { parseArgs } from 'node:util'
import { migrate } from '@insights/query/migrate'
import { createLogger } from '@insights/runtime/logger'
import { makeTempDataDir } from '@insights/stack/make-temp-data-dir'
import { startStack } from '@insights/stack/start-stack'
import pg from 'pg'
import type { Bench, World } from '../bench.ts'
import { prepareInsights } from '../insights/prepare-insights.ts'
import { measureAggregates } from '../query/measure-aggregates.ts'
import { measureList } from '../query/measure-list.ts'
import { startApi } from '../query/start-api.ts'
import { positive } from '../read-options.ts'
import { printGroup, writeResult, type FigureGroup } from '../write-result.ts'

/**
 * The query API at ten million insights, over HTTP: pages with their exact total_count, by every filter, over windows
 * from an hour to everything, on both times; facets, trends and clusters; beside the plain SQL that a user would write.
 * Design, section 12.
 */
export const query: Bench = {
  name: 'query',
  shows: 'the query API at ten million insights, over HTTP, beside the SQL that a user would write',
  takes: '40 min and 40 GB of disk; 6 min with --database',
  options: '[--insights 10000000] [--database URL: of one that is filled already] [--places 25]',
  run,
}

const log = createLogger({ service: 'bench', level: 'warn' })

async function run(argv: string[], world: World): Promise<boolean> {
  const options = {
    insights: { type: 'string', default: '10000000' },
    database: { type: 'string' },
    places: { type: 'string', default: '25' },
  } as const
  const { values } = parseArgs({ args: argv, options })
  const groups: FigureGroup[] = []
  const given = values.database
  const database = given === undefined ? await makeDatabase(positive('insights', values.insights), world) : null
  const databaseUrl = given ?? database?.url ?? ''
  if (database !== null) groups.push(database.made)
  const client = new pg.Client({ connectionString: databaseUrl })
  const api = await startApi(databaseUrl)
  try {
    await client.connect()
    const places = positive('places', values.places)
    const target = { api, client, places, world }
    groups.push(...(await measureAggregates(target)), ...(await measureList(target)))
    for (const group of groups) printGroup(group, world.say)
    return await writeResult('query', { groups, options: { ...values, database: given && 'given' } }, world.say)
  } finally {
    await api.stop()
    await client.end()
    await database?.remove()
  }
}

/** Postgres alone, filled. */
async function makeDatabase(rows: number, world: World) {
  const temp = await makeTempDataDir()
  const none = { KAFKA_BROKERS: '127.0.0.1:1', SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1' }
  const stack = await startStack({
    dataDir: temp.dataDir,
    env: { ...process.env, ...none, DATABASE_URL: undefined },
    fsync: false,
    preferPorts: false,
    signal: world.signal,
  })
  const remove = async () => {
    await stack.stop()
    await temp.remove()
  }
  const { DATABASE_URL: url } = stack.env
  const client = new pg.Client({ connectionString: url })
  try {
    await client.connect()
    await migrate({ databaseUrl: url, log })
    const figures = await prepareInsights(client, url, { rows, verify: false, searchable: true }, world)
    return { url, made: { title: `${rows.toLocaleString('en')} insights`, figures }, remove }
  } catch (error) {
    await remove()
    throw error
  } finally {
    await client.end()
  }
}
