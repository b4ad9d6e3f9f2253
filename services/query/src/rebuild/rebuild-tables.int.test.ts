import { groupLag } from '@insights/runtime/kafka/admin'
import { connectKafka, kafkaOptions } from '@insights/runtime/kafka/connect-kafka'
import { createPublisher } from '@insights/runtime/kafka/publisher'
import { createLifecycle } from '@insights/runtime/lifecycle'
import { createLogger } from '@insights/runtime/logger'
import { createCodec } from '@insights/schemas/codec'
import type { AnalysisFailed } from '@insights/schemas/events/analysis-failed'
import { topicName, topics, type TopicId } from '@insights/schemas/topics'
import { testContext } from '@insights/stack/test-context'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readQueryConfig } from '../config.ts'
import { startPoolerDoor } from '../database/pooler-door.fixture.ts'
import { dumpTables } from '../projector/dump-tables.fixture.ts'
import { projectorParts } from '../projector/projector-parts.ts'
import { publishHistory } from './publish-history.fixture.ts'
import { rebuildTables, type RebuildOptions } from './rebuild-tables.ts'

const soon = { timeout: 30_000 }
const context = await testContext('query-rebuild')
const config = readProjectorConfig()
const log = createLogger({ service: 'test', level: 'silent' })
const kafka = connectKafka({ clientId: 'query-rebuild', log, ...kafkaOptions(config) })
const codec = createCodec({ registryUrl: config.SCHEMA_REGISTRY_URL, prefix: context.prefix })
const publisher = createPublisher({ kafka, log })
const pool = new pg.Pool({ connectionString: config.DATABASE_URL, max: 4 })
const lifecycle = createLifecycle({ log, stopDeadlineMs: 20_000 })
const crashes: unknown[] = []
/** What the projector logs, line by line. */
const warnings: string[] = []
const ALL: TopicId[] = ['conversationsReceived', 'analysisStarted', 'insightsProduced', 'analysisFailed']

beforeAll(async () => {
  await codec.load()
  await publisher.start()
  const crash = (error: unknown) => void crashes.push(error)
  const told = createLogger({
    service: 'test',
    level: 'warn',
    destination: { write: (line) => void warnings.push(line) },
  })
  await lifecycle.start(projectorParts(config, { log: told, version: 'test', crash }))
})
afterAll(async () => {
  await lifecycle.stop()
  await publisher.stop()
  await pool.end()
  await context.stop()
})

function readProjectorConfig() {
  const { projector } = readQueryConfig({ ...context.env, ROLE: 'projector', PROJECTOR_PORT: '0' })
  if (projector === null) throw new Error('the role is projector')
  return projector
}

let seeds = 0
const publish = async (histories: number): Promise<void> => {
  for (let done = 0; done < histories; done++)
    await publishHistory(seeds++, { publisher, codec, prefix: context.prefix })
}

/** Once everything that is in the topics is in the tables. */
async function projected(): Promise<void> {
  const names = ALL.map((id) => topicName(id, context.prefix))
  const left = async () => {
    const lags = await groupLag(kafka, `${context.prefix}projector`, names)
    return lags.reduce((sum, { lag }) => sum + lag, 0)
  }
  await expect.poll(left, soon).toBe(0)
}

async function rebuild(changes: Partial<RebuildOptions> = {}): Promise<string[]> {
  const lines: string[] = []
  await rebuildTables({
    databaseUrl: config.DATABASE_URL,
    kafka,
    codec,
    prefix: context.prefix,
    facetKeys: config.FACET_KEYS,
    storeMessages: true,
    oldest: null,
    log,
    tell: (line) => void lines.push(line),
    step: () => () => undefined,
    ...changes,
  })
  return lines
}

/** Everything in these topics goes, as it does with time. */
async function forget(ids: TopicId[]): Promise<void> {
  const admin = kafka.newClient().admin()
  await admin.connect()
  for (const id of ids) {
    const topic = topicName(id, context.prefix)
    // Kafka deletes no records of a topic that is compacted only.
    await setPolicy(admin, id, 'delete')
    const partitions = (await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => ({
      partition,
      offset: high,
    }))
    await admin.deleteTopicRecords({ topic, partitions })
    await setPolicy(admin, id, topics[id].config['cleanup.policy'])
  }
  await admin.disconnect()
}

async function setPolicy(admin: Admin, id: TopicId, policy: string): Promise<void> {
  const config = { ...topics[id].config, 'cleanup.policy': policy }
  const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }))
  const resources = [{ type: TOPIC, name: topicName(id, context.prefix), configEntries }]
  await admin.alterConfigs({ validateOnly: false, resources })
}
type Admin = ReturnType<ReturnType<typeof kafka.newClient>['admin']>
/** Of kafkajs' kinds of resources. */
const TOPIC = 2

const sampleFailure = (changes: Partial<AnalysisFailed>): AnalysisFailed => ({
  failure_id: 'abcdef01-2345-4789-8abc-def012345678',
  conversation_id: null,
  class: 'invalid',
  problem: { type: 'about:blank', title: 'Not valid', detail: 'no messages' },
  attempts: 1,
  retryable: false,
  failed_at: 1_000,
  origin: { topic: topicName('conversationsReceived', context.prefix), partition: 0, offset: 1, appended_at: 1_000 },
  original: { key: null, value: null, headers: [] },
  ...changes,
})

const oidOf = async (table: string) => (await pool.query('select to_regclass($1)::oid as oid', [table])).rows[0]

describe('a rebuild', () => {
  test('(I7) ends in the same tables to the byte, through a pooler as well', async () => {
    await publish(60)
    await projected()
    const before = await dumpTables(pool)
    expect(Object.values(before).every((rows) => rows.length > 0)).toBe(true)
    const oid = await oidOf('insights')
    // No topic tells of what the API was asked for.
    await pool.query(`insert into redrives (id, status, filter, dry_run, rate)
                      values (gen_random_uuid(), 'completed', '{}', false, 50)`)
    const { rows: asked } = await pool.query('select * from redrives')
    const url = new URL(config.DATABASE_URL)
    const door = await startPoolerDoor({ host: url.hostname, port: Number(url.port) })
    url.port = String(door.port)
    await rebuild({ databaseUrl: url.href })
    expect(door.faults()).toEqual([])
    door.close()
    expect(await dumpTables(pool)).toEqual(before)
    expect((await pool.query('select * from redrives')).rows).toEqual(asked)
    expect(await oidOf('insights')).not.toEqual(oid)
    expect((await pool.query("select to_regnamespace('insights_rebuild') as left")).rows).toEqual([{ left: null }])
  })

  test('(I7) while records flow and are read loses none of them, and the projector goes on with the new tables', async () => {
    const over = new AbortController()
    const flow = (async () => {
      while (!over.signal.aborted) await publish(5)
    })()
    let reads = 0
    const reader = (async () => {
      while (!over.signal.aborted) {
        const { rows } = await pool.query<{ insights: number }>(
          'select count(*)::int as insights from insights left join conversations using (conversation_id)',
        )
        expect(rows[0]?.insights).toBeGreaterThan(0)
        reads++
      }
    })()
    await rebuild()
    over.abort()
    await Promise.all([flow, reader])
    await publish(5)
    await projected()
    const live = await dumpTables(pool)
    expect(reads).toBeGreaterThan(10)
    await rebuild()
    expect(await dumpTables(pool)).toEqual(live)
  })

  test('(I7) leaves each conversation its own failure where several claim one id', async () => {
    const topic = topicName('analysisFailed', context.prefix)
    const records = ['conv_claims_1', 'conv_claims_2', null].map((key) => {
      const event = sampleFailure({
        conversation_id: key,
        original: { key: null, value: Buffer.from(`of ${key}`), headers: [] },
      })
      return { topic, key, value: codec.encode('analysisFailed', event), headers: [] }
    })
    for (const record of records) expect(await publisher.publish([record])).toEqual({ ok: true })
    await projected()
    const before = await dumpTables(pool)
    await rebuild()
    expect(await dumpTables(pool)).toEqual(before)
    await forget(['analysisFailed'])
    await rebuild()
    expect(await dumpTables(pool)).toEqual(before)
  })

  test('takes over what the topics no longer hold, also for other facet keys', async () => {
    const before = await dumpTables(pool)
    await forget(['conversationsReceived', 'analysisStarted', 'analysisFailed'])
    await publish(20) // of half of them no conversation stays
    await projected()
    const more = await dumpTables(pool)
    expect(more['conversations']?.length).toBeGreaterThan(before['conversations']?.length ?? 0)
    await rebuild()
    expect(await dumpTables(pool)).toEqual(more)
    await forget(ALL)
    expect(await rebuild()).toContainEqual(expect.stringMatching(/^\d+ conversations are taken over/))
    expect(await dumpTables(pool)).toEqual(more)
    await rebuild({ facetKeys: ['other'] })
    const facets = async () =>
      (await pool.query('select distinct split_part(facet, $1, 1) as name from facet_totals order by 1', ['='])).rows
    expect(await facets()).toEqual(['', 'cluster', 'metadata.other', 'model', 'source'].map((name) => ({ name })))
    expect((await pool.query('select facet_keys, counted from projection')).rows).toEqual([
      { facet_keys: ['other'], counted: true },
    ])
    // The projector, which has the keys of before, waits until they are back.
    await publish(5)
    await expect
      .poll(() => warnings.join(''), soon)
      .toContain('the tables were made with \\"other\\": run npm run rebuild')
    await rebuild()
    await projected()
    const behind = await dumpTables(pool)
    expect(behind['conversations']).toEqual(expect.arrayContaining(more['conversations'] ?? []))
    await rebuild()
    expect(await dumpTables(pool)).toEqual(behind)
  })

  test('keeps owner and rights, and waits for who reads for long without keeping other readers waiting', async () => {
    const role = `reader_${context.prefix.replaceAll(/\W/g, '_')}`
    const long = await pool.connect()
    try {
      await pool.query(`create role ${role}`)
      await pool.query(`grant select on insights to ${role}; grant select (conversation_id) on failures to ${role}`)
      await long.query('begin; select from insights')
      const lines: string[] = []
      const rebuilding = rebuild({ tell: (line) => void lines.push(line) })
      await expect.poll(() => lines, soon).toContainEqual(expect.stringContaining('waiting for who reads'))
      await expect(rebuild()).rejects.toThrow(/another rebuild runs since .*pg_terminate_backend\(\d+\)/)
      for (let reads = 0; reads < 20; reads++) await pool.query('select from insights limit 1')
      await long.query('commit')
      await rebuilding
      const rights = await pool.query(
        `select has_table_privilege($1, 'insights', 'select') as all, has_table_privilege($1, 'failures', 'select') as other,
                has_column_privilege($1, 'failures', 'conversation_id', 'select') as one`,
        [role],
      )
      expect(rights.rows).toEqual([{ all: true, other: false, one: true }])
    } finally {
      long.release(true)
      await pool.query(`drop owned by ${role}; drop role ${role}`)
    }
  })

  test('is refused with what to do where something is made of the tables', async () => {
    await pool.query('create view report as select count(*) from insights')
    await expect(rebuild()).rejects.toThrow('made of the tables that would be replaced: report; drop them')
    await pool.query('drop view report')
  })

  test('(I9) none of this ended the projector', () => expect(crashes).toEqual([]))
})
