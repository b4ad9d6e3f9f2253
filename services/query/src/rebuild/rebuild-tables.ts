import type { KafkaConnection } from '@insights/runtime/kafka/connect-kafka'
import { createPartitionOfKey } from '@insights/runtime/kafka/partition-of-key'
import type { Logger } from '@insights/runtime/logger'
import { pause } from '@insights/runtime/pause'
import type { Step } from '@insights/runtime/show-progress'
import type { Codec } from '@insights/schemas/codec'
import { topicName, topics } from '@insights/schemas/topics'
import type pg from 'pg'
import { createClient } from '../database/create-client.ts'
import { openPool } from '../database/open-pool.ts'
import { createRebuildWriter } from './write-rebuild.ts'
import { countTables } from './count-tables.ts'
import { holdRebuild } from './hold-rebuild.ts'
import { checkTables, makeTables } from './make-tables.ts'
import { createTopicsReader } from './read-topics.ts'
import { lockWriters, swapTables } from './swap-tables.ts'
import { takeOver } from './take-over.ts'

export interface RebuildOptions {
  databaseUrl: string
  kafka: KafkaConnection
  codec: Pick<Codec, 'decode' | 'prefetch'>
  /** TOPIC_PREFIX */
  prefix: string
  /** FACET_KEYS */
  facetKeys: readonly string[]
  /** STORE_MESSAGES */
  storeMessages: boolean
  /** RETENTION_DAYS: what was submitted before (epoch ms) is left out; null: nothing is. */
  oldest: number | null
  log: Logger
  /** A line for the operator. */
  tell: (line: string) => void
  /** Says how far it is. */
  step: Step
}

/** So few records are read on while projectors wait. */
const FEW = 2_000
const SHARDS = topics.insightsProduced.partitions

/**
 * Makes all tables once more from the topics, beside those that the API reads, and puts them in their place. The
 * projector goes on meanwhile; at the end it waits for a moment, and goes on with the new tables. What the topics no
 * longer hold is taken over. Stopped at any time it has changed nothing, and the next run starts over.
 * @throws RebuildError when there is nothing that it could replace, or another one runs
 */
export async function rebuildTables(options: RebuildOptions): Promise<void> {
  const { kafka, codec, prefix, log, tell, step, facetKeys, storeMessages, oldest } = options
  const pool = openPool({ databaseUrl: options.databaseUrl, maxConnections: 5, log })
  const holder = await connect(options.databaseUrl)
  const worker = await connect(options.databaseUrl)
  try {
    await holdRebuild(holder)
    const live = await checkTables(worker)
    const hadKeys = await readFacetKeys(worker)
    if (await makeTables(worker, { live, facetKeys }))
      tell('what an earlier rebuild left is dropped: this one starts over')

    const receivedTopic = topicName('conversationsReceived', prefix)
    const shardOf = createPartitionOfKey(SHARDS)
    const writer = createRebuildWriter({ pool, shardOf, storeMessages, read: { facetKeys, receivedTopic, oldest } })
    const reader = createTopicsReader({ kafka, codec, prefix, log, tell, onReadings: writer.write, step })
    const takeOverMissing = async () => {
      const keys = hadKeys.join() === facetKeys.join() ? null : facetKeys
      const taken = await takeOver(worker, { live, facetKeys: keys, receivedTopic, oldest, onTold: writer.writeTold })
      if (taken > 0) tell(`${taken} conversations are taken over, of which the topics do not hold everything any more`)
    }

    tell('reading the topics from their beginnings')
    await reader.readOn()
    await takeOverMissing()
    tell('counting')
    await countTables(worker, { step, tell })
    writer.keepCounts()

    for (let before = Infinity; ;) {
      const { passed, isMissing } = await reader.readOn()
      if (isMissing) await takeOverMissing()
      // Where records come as fast as they are read there are never few.
      const isLess = passed < before / 2
      before = passed
      if (passed > FEW && isLess) continue
      await holder.query('savepoint before_locks')
      await lockWriters(holder, SHARDS)
      const last = await reader.readOn()
      if (!last.isMissing && (await trySwap(holder, live, tell))) break
      await holder.query('rollback to savepoint before_locks')
      if (last.isMissing) await takeOverMissing()
      await pause(PAUSE_MS)
    }
    await holder.query('commit')
    if (writer.refused() > 0) tell(`${writer.refused()} records are left out, because Postgres does not take them`)
    tell('the tables are rebuilt')
  } finally {
    await Promise.allSettled([holder.end(), worker.end(), pool.end()])
  }
}

/** Between two times in which writers wait. */
const PAUSE_MS = 1_000
const TRIES = 10

async function trySwap(client: pg.Client, live: string, tell: (line: string) => void): Promise<boolean> {
  for (let tries = 0; tries < TRIES; tries++) {
    if (await swapTables(client, live)) return true
    await pause(PAUSE_MS / TRIES)
  }
  tell('waiting for who reads the tables: look for long transactions in pg_stat_activity')
  return false
}

async function connect(databaseUrl: string): Promise<pg.Client> {
  const client = createClient(databaseUrl, { name: 'insights-rebuild' })
  await client.connect()
  return client
}

async function readFacetKeys(client: pg.Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ facet_keys: string[] }>('select facet_keys from projection')
  return rows[0]?.facet_keys ?? []
}
