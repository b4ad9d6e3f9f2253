import http from 'node:http'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { migrate } from '@insights/query/migrate'
import { createLogger } from '@insights/runtime/logger'
import { makeTempDataDir } from '@insights/stack/make-temp-data-dir'
import { startStack } from '@insights/stack/start-stack'
import pg from 'pg'
import type { Bench, World } from '../bench.ts'
import { YEAR } from '../insights/fill-insights.ts'
import { prepareInsights } from '../insights/prepare-insights.ts'
import { positive } from '../read-options.ts'
import { runApi } from '../stream/run-api.ts'
import { against, printGroup, writeResult, type Figure } from '../write-result.ts'
import { measureProcess } from './measure-processes.ts'

/** Exports of everything, and how far memory grows by them. */
export const exporting: Bench = {
  name: 'export',
  shows: 'rows per second and memory of the export of all insights, as CSV and as NDJSON',
  takes: '3 min',
  options: '[--rows 1000000] [--database URL: of one that is filled already] [--days 365: of the year]',
  run,
}

const log = createLogger({ service: 'bench', level: 'warn' })

async function run(argv: string[], world: World): Promise<boolean> {
  const options = {
    rows: { type: 'string', default: '1000000' },
    database: { type: 'string' },
    days: { type: 'string', default: '365' },
  } as const
  const { values } = parseArgs({ args: argv, options })
  if (values.database !== undefined) return measure(values.database, values, world)
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
  const { DATABASE_URL: databaseUrl = '' } = stack.env
  const client = new pg.Client({ connectionString: databaseUrl })
  try {
    await client.connect()
    await migrate({ databaseUrl, log })
    await prepareInsights(client, databaseUrl, { rows: positive('rows', values.rows), verify: false }, world)
    return await measure(databaseUrl, values, world)
  } finally {
    await client.end()
    await stack.stop()
    await temp.remove()
  }
}

async function measure(databaseUrl: string, options: { days: string }, { say, signal }: World): Promise<boolean> {
  // Kafka and the registry are not asked for anything.
  const none = { KAFKA_BROKERS: '127.0.0.1:1', SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1' }
  const env = { DATABASE_URL: databaseUrl, LOG_LEVEL: 'warn', ...none }
  await using api = await runApi(env)
  const end = YEAR.start / 1000 + positive('days', options.days) * 86_400
  const window = `start_time=${YEAR.start / 1000}&end_time=${end}`
  const groups = []
  for (const [title, query] of [
    ['ndjson', `${window}&format=ndjson`],
    ['csv', `${window}&format=csv`],
    ['csv by occurred_at', `${window}&format=csv&time=occurred_at`],
    ['csv, a cluster of the long tail', `${window}&format=csv&cluster=rare_4000`],
  ] as const) {
    signal.throwIfAborted()
    const before = measureProcess(api.pid)
    const began = performance.now()
    const { rows, bytes, firstMs } = await download(`${api.origin}/api/v1/insights/export?${query}`)
    const seconds = (performance.now() - began) / 1000
    const after = measureProcess(api.pid)
    const figures: Figure[] = [
      { what: 'rows', value: rows },
      { what: 'MB', value: bytes / 1e6 },
      { what: 'to the first bytes', value: firstMs, unit: 'ms' },
      ...(rows < 100_000
        ? [{ what: 'to the last', value: seconds * 1000, unit: 'ms' }]
        : [against('rows per second', rows / seconds, { atLeast: 100_000 })]),
      { what: 'memory of the API before', value: (before?.rssBytes ?? 0) / 1e6, unit: 'MB' },
      { what: 'memory of the API after', value: (after?.rssBytes ?? 0) / 1e6, unit: 'MB' },
      { what: 'most memory of the API so far', value: (after?.peakRssBytes ?? 0) / 1e6, unit: 'MB' },
      {
        what: 'CPU of the API',
        value: (((after?.cpuSeconds ?? 0) - (before?.cpuSeconds ?? 0)) / seconds) * 100,
        unit: '% of a core',
      },
    ]
    groups.push({ title, figures })
    printGroup({ title, figures }, say)
  }
  return writeResult('export', { groups, options }, say)
}

async function download(url: string): Promise<{ rows: number; bytes: number; firstMs: number }> {
  const began = performance.now()
  const [response] = (await once(http.get(url), 'response')) as [http.IncomingMessage]
  if (response.statusCode !== 200) throw new Error(`the export was answered ${response.statusCode}`)
  let [rows, bytes, firstMs] = [0, 0, 0]
  for await (const chunk of response as AsyncIterable<Buffer>) {
    if (bytes === 0) firstMs = performance.now() - began
    bytes += chunk.length
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) rows++
  }
  return { rows: url.includes('csv') ? rows - 1 : rows, bytes, firstMs }
}
