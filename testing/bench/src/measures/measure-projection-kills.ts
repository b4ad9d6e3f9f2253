import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { migrate } from '@insights/query/migrate'
import { PROJECTED } from '@insights/query/projector/read/to-events'
import { rebuildTables } from '@insights/query/rebuild'
import { groupLag } from '@insights/runtime/kafka/admin'
import { createPublisher } from '@insights/runtime/kafka/publisher'
import { seededRandom } from '@insights/sample-conversations/seeded-random'
import pg from 'pg'
import type { Bench, World } from '../bench.ts'
import { createDatabase } from '../projector/create-database.ts'
import { runProjector } from '../projector/run-ours.ts'
import { makeRecords } from '../projection/make-records.ts'
import { positive } from '../read-options.ts'
import { startBed, type Pipeline } from '../start-bed.ts'
import { against, printGroup, writeResult } from '../write-result.ts'

/** I5 and I7 under kills of Postgres. */
export const projectionKills: Bench = {
  name: 'projection-kills',
  shows: 'that 10 kills −9 of Postgres under load end in the very tables that a rebuild from the topics makes',
  takes: '4 min',
  options: '[--records 100000] [--kills 10] [--seed 1]',
  run,
}

const FACET_KEYS = ['channel', 'product', 'team', 'language']
const TABLES = ['conversations', 'insights', 'failures', 'erasures', 'facet_totals', 'rollups', 'usage_by_day'] as const
const HOUR_MS = 3_600_000

async function run(argv: string[], world: World): Promise<boolean> {
  const { values } = parseArgs({
    args: argv,
    options: {
      records: { type: 'string', default: '100000' },
      kills: { type: 'string', default: '10' },
      seed: { type: 'string', default: '1' },
    },
  })
  const { say, signal } = world
  const random = seededRandom(positive('seed', values.seed), 0)
  const [count, kills] = [positive('records', values.records), positive('kills', values.kills)]
  await using bed = await startBed(undefined, world, { postgres: true })
  const { postgres } = bed
  if (postgres === null) throw new Error('it was started')
  await using pipeline = await bed.newPipeline('projection-kills')
  await using live = await databaseThatIsKilled(bed.env['DATABASE_URL'] ?? '')
  await migrate({ databaseUrl: live.databaseUrl, log: bed.log })
  const projector = await runProjector({ env: { ...pipeline.env, DATABASE_URL: live.databaseUrl }, nodeArgs: [] })
  const publisher = createPublisher({ kafka: pipeline.kafka, log: pipeline.log })
  await publisher.start()
  try {
    const startedAt = Date.now() - HOUR_MS
    let [published, number] = [0, 0]
    const publish = async (until: number) => {
      while (published < until) {
        const records = Array.from({ length: 200 }, () =>
          makeRecords(number++, { codec: pipeline.codec, topic: pipeline.topic, startedAt }),
        ).flat()
        const result = await publisher.publish(records)
        if (!result.ok) throw new Error(`not acknowledged: ${result.detail}`)
        published += records.length
      }
    }
    const awayMs: number[] = []
    let projected = 0
    await publish(count / (kills + 1))
    for (let kill = 1; kill <= kills; kill++) {
      const publishing = publish(((kill + 1) * count) / (kills + 1))
      // In the middle of its work, also behind the kill before.
      for (const until = projected + AT_LEAST; projected < until && projected < published;) {
        await projector.check()
        await sleep(50, undefined, { signal })
        projected = (await progressOf(pipeline)).projected
      }
      await sleep(random.between(0, 300), undefined, { signal })
      const at = performance.now()
      await postgres.kill()
      await sleep(random.between(0, 500), undefined, { signal })
      await postgres.start()
      awayMs.push(performance.now() - at)
      await publishing
      say(
        `kill ${kill}: ${published - projected} records were left to be projected, Postgres was away for ${Math.round(awayMs.at(-1) ?? 0)} ms`,
      )
      await projector.check()
    }
    say(`${published} records are published; waiting for the projector …`)
    // What it publishes again comes behind, and is projected too.
    for (let quiet = 0; quiet < 3; quiet = (await progressOf(pipeline)).left === 0 ? quiet + 1 : 0) {
      await projector.check()
      await sleep(500, undefined, { signal })
    }
    const held = await readTables(live.databaseUrl)
    await using fresh = await createDatabase(bed.env['DATABASE_URL'] ?? '')
    await migrate({ databaseUrl: fresh.databaseUrl, log: bed.log })
    await rebuildTables({
      databaseUrl: fresh.databaseUrl,
      kafka: pipeline.kafka,
      codec: pipeline.codec,
      prefix: pipeline.prefix,
      facetKeys: FACET_KEYS,
      storeMessages: true,
      oldest: null,
      log: bed.log,
      tell: (line) => say(`rebuild | ${line}`),
      step: () => () => undefined,
    })
    const rebuilt = await readTables(fresh.databaseUrl)
    const differing = TABLES.filter((table) => held[table]?.hash !== rebuilt[table]?.hash)
    const group = {
      title: `${kills} kills −9 of Postgres (fsync on) while ${published} records of four topics flow`,
      figures: [
        against('tables that differ from a rebuild of the topics', differing.length, { atMost: 0 }, { hard: true }),
        against('records not projected', (await progressOf(pipeline)).left, { atMost: 0 }, { hard: true }),
        ...TABLES.map((table) => ({ what: `rows of ${table}`, value: held[table]?.rows ?? 0 })),
        { what: 'longest time without Postgres', value: Math.max(...awayMs), unit: 'ms' },
      ],
    }
    printGroup(group, say)
    return await writeResult(
      'projection-kills',
      { groups: [group], options: values, details: { differing, awayMs } },
      say,
    )
  } finally {
    await publisher.stop()
    await projector.stop()
  }
}

/** Records between two kills that are projected for certain. */
const AT_LEAST = 3_000

/** Of all four topics. */
async function progressOf(pipeline: Pipeline): Promise<{ projected: number; left: number }> {
  const lags = await groupLag(pipeline.kafka, `${pipeline.prefix}projector`, PROJECTED.map(pipeline.topic))
  const sum = (numbers: number[]) => numbers.reduce((all, one) => all + one, 0)
  return { projected: sum(lags.map(({ committed }) => committed ?? 0)), left: sum(lags.map(({ lag }) => lag)) }
}

/** No session stays open in it: a kill would end it. */
async function databaseThatIsKilled(serverUrl: string): Promise<{ databaseUrl: string } & AsyncDisposable> {
  const { databaseUrl, client, [Symbol.asyncDispose]: drop } = await createDatabase(serverUrl)
  client.on('error', () => undefined)
  return { databaseUrl, [Symbol.asyncDispose]: drop }
}

async function readTables(databaseUrl: string): Promise<Record<string, { rows: number; hash: string }>> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const tables: Record<string, { rows: number; hash: string }> = {}
    for (const table of TABLES) {
      const { rows } = await client.query<{ rows: number; hash: string }>(
        `select count(*)::int as rows, coalesce(md5(string_agg(md5(t::text), '' order by t::text collate "C")), '') as hash
           from ${table} as t`,
      )
      if (rows[0] !== undefined) tables[table] = rows[0]
    }
    return tables
  } finally {
    await client.end()
  }
}
