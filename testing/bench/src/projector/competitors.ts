import { migrate } from '@insights/query/migrate'
import type { KafkaConnection } from '@insights/runtime/kafka/connect-kafka'
import type { ClientBase } from 'pg'
import type { World } from '../bench.ts'
import type { Bed, Pipeline } from '../start-bed.ts'
import { createPlainTable, PLAIN_TABLE } from './plain-table.ts'
import { bestSettings, runConnect } from './run-connect.ts'
import { runPlain, runProjector } from './run-ours.ts'
import type { Running } from './running.ts'

export interface Where {
  bed: Bed
  pipeline: Pipeline
  /** An empty database at first. */
  databaseUrl: string
  /** A session of it. */
  client: ClientBase
  world: World
  /** Where Kafka Connect is. */
  connect: { java: string; libs: string }
  /** Of our processes. */
  nodeArgs: string[]
}

export interface Kind {
  title: string
  table: string
  makeTables(where: Where): Promise<unknown>
  /** In a consumer group that has read nothing yet. */
  start(where: Where): Promise<Running>
}

const plain = { table: PLAIN_TABLE, makeTables: ({ client }: Where) => client.query(createPlainTable) }

/** What is measured, by the name that `--only` takes, in the order of the runs. */
export const kinds = {
  'sink-defaults': { title: 'the sink by default', ...plain, start: (where: Where) => startSink(where, {}) },
  sink: { title: 'the sink at its best', ...plain, start: (where: Where) => startSink(where, bestSettings) },
  plain: {
    title: 'ours, the plain table',
    ...plain,
    start: (where: Where) => runPlain({ env: { ...envOf(where), GROUP_ID: groupOf(where) }, nodeArgs: where.nodeArgs }),
  },
  tables: {
    title: 'ours, all tables',
    table: 'insights',
    makeTables: ({ databaseUrl, bed: { log } }: Where) => migrate({ databaseUrl, log }),
    start: async (where: Where) => {
      const { bed, pipeline, nodeArgs } = where
      await forgetGroup(bed.kafka, `${pipeline.prefix}projector`)
      return runProjector({ env: envOf(where), nodeArgs })
    },
  },
} as const satisfies Record<string, Kind>

export type KindName = keyof typeof kinds

/** One for each topic and database. */
const groupOf = ({ pipeline, databaseUrl }: Where) => `${pipeline.prefix}${new URL(databaseUrl).pathname.slice(1)}`

/** The projector's group is always the same one: what it has read for the database before is forgotten. */
async function forgetGroup(kafka: KafkaConnection, groupId: string): Promise<void> {
  const admin = kafka.newClient().admin()
  await admin.connect()
  try {
    const { groups } = await admin.listGroups()
    if (groups.some((group) => group.groupId === groupId)) await admin.deleteGroups([groupId])
  } finally {
    await admin.disconnect()
  }
}

const envOf = ({ pipeline, databaseUrl }: Where) => ({ ...pipeline.env, DATABASE_URL: databaseUrl })

const startSink = (where: Where, settings: Record<string, string>): Promise<Running> => {
  const { connect, bed, pipeline, databaseUrl, world } = where
  return runConnect({
    ...connect,
    dataDir: bed.dataDir,
    name: groupOf(where),
    brokers: pipeline.env['KAFKA_BROKERS'] ?? '',
    registryUrl: pipeline.env['SCHEMA_REGISTRY_URL'] ?? '',
    databaseUrl,
    topic: pipeline.topic('insightsProduced'),
    settings,
    report: world.say,
    signal: world.signal,
  })
}
