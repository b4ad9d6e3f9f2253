import type { PublishResult } from '@insights/runtime/kafka/publisher'
import type { OutgoingRecord } from '@insights/runtime/kafka/records'
import type { Pool } from 'pg'
import { ROLLUPS_FROM } from '../counts/sum-insights.ts'
import { expireState } from '../projector/merge/expire-state.ts'
import { NOTHING, type Insight, type State } from '../projector/merge/state.ts'
import { toChanges, type Step } from '../projector/merge/to-changes.ts'
import { LOCKS, RETENTION } from '../database/locks.ts'
import { inTransaction } from '../projector/write/in-transaction.ts'
import { loadStates } from '../projector/write/load-states.ts'
import { writeChanges } from '../projector/write/write-changes.ts'
import { updateCounts } from '../counts/update-counts.ts'
import { toTombstone } from '../projector/to-tombstone.ts'
import { SHARD_OF_UNASSIGNED } from '../projector/write/write-projection.ts'
import { deleteOldUnassigned, selectOldIds } from './select-old-ids.ts'

/** Less than the server waits for a transaction in which nothing happens. */
const PUBLISH_TIMEOUT_MS = 5_000

export interface DeleteOptions {
  /** What was submitted before goes (epoch ms). */
  oldest: number
  /** So many conversations at once, and as many failures without a conversation. */
  most: number
  shardOf: (id: string) => number
  /** `insights.produced` with its prefix. */
  topic: string
  publish: (records: OutgoingRecord[], options: { timeoutMs: number }) => Promise<PublishResult>
  rollupsFrom?: number
}

/** Deleted rows by table, or why there are none. */
export type Deleted =
  | { kind: 'deleted'; rows: Record<'conversations' | 'insights' | 'failures' | 'erasures', number> }
  | { kind: 'nothing left' }
  | { kind: 'busy' }
  | { kind: 'away'; reason: string }

/**
 * Deletes some of what is too old, in one transaction, with its counts. Before, the topic is told to forget the
 * insights among it: by tombstones that erase up to their submissions and nothing newer. When it ends in the middle
 * they are published once more, which changes nothing. `busy`: another process deletes.
 */
export async function deleteOld(pool: Pool, options: DeleteOptions): Promise<Deleted> {
  const { oldest, most, shardOf, topic, publish, rollupsFrom = ROLLUPS_FROM } = options
  return inTransaction(pool, [], async (client): Promise<Deleted> => {
    const lock = `select pg_try_advisory_xact_lock(${LOCKS}, ${RETENTION}) as held`
    if ((await client.query<{ held: boolean }>(lock)).rows[0]?.held !== true) return { kind: 'busy' }
    const ids = await selectOldIds(client, { oldest, most })

    const told = new Map<string, Insight>()
    for (const [id, { insight }] of await loadStates(client, ids))
      if (insight !== null && insight.origin.appended_at < oldest) told.set(id, insight)
    const tombstones = [...told].map(([id, { origin }]) =>
      toTombstone(id, { topic, erasedThrough: origin.appended_at }),
    )
    const published = await publish(tombstones, { timeoutMs: PUBLISH_TIMEOUT_MS })
    if (!published.ok) return { kind: 'away', reason: `Kafka: ${published.detail}` }

    // Only now, so that no projector waits for Kafka.
    const shards = [...new Set([SHARD_OF_UNASSIGNED, ...ids.map(shardOf)])].toSorted((a, b) => a - b)
    await client.query(shards.map((shard) => `select pg_advisory_xact_lock(${LOCKS}, ${shard})`).join('; '))
    const states = await loadStates(client, ids)
    const steps = ids.map((id): Step => {
      const before = states.get(id) ?? NOTHING
      const after = expireState(before, oldest)
      // Another answer has come meanwhile, of which the topic was not told: it goes the next time.
      const isOther = after.insight !== before.insight && !isSame(before.insight, told.get(id) ?? null)
      return {
        id,
        before,
        after: isOther ? { ...after, insight: before.insight, submission: before.submission } : after,
      }
    })
    const changes = toChanges(steps)
    await writeChanges(client, changes, [], { storeMessages: false })
    const unassigned = await deleteOldUnassigned(client, { oldest, most })
    await updateCounts(client, changes.counts, { rollupsFrom })
    const { conversations, insights, failures, erasures } = changes.gone
    if (ids.length + unassigned === 0) return { kind: 'nothing left' }
    return {
      kind: 'deleted',
      rows: {
        conversations: conversations.length,
        insights: insights.length,
        failures: failures.length + unassigned,
        erasures: erasures.length,
      },
    }
  })
}

const isSame = (a: State['insight'], b: State['insight']): boolean =>
  a?.place.partition === b?.place.partition && a?.place.offset === b?.place.offset
