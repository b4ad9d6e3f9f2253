import type { InsightProduced } from '@insights/schemas/events/insight-produced'
import type { ClientBase, Pool, PoolClient } from 'pg'
import { ROLLUPS_FROM } from '../../counts/sum-insights.ts'
import { chooseAgain, type Again } from '../merge/choose-again.ts'
import { mergeEvents } from '../merge/merge-event.ts'
import { NOTHING } from '../merge/state.ts'
import { toChanges, type Step } from '../merge/to-changes.ts'
import type { Told } from '../read/to-events.ts'
import { checkFacetKeys } from './check-facet-keys.ts'
import { inTransaction, type Target } from './in-transaction.ts'
import { loadStates } from './load-states.ts'
import { selectInsightEvents } from './select-insight-events.ts'
import { writeChanges } from './write-changes.ts'
import { updateCounts } from '../../counts/update-counts.ts'

/** What a batch came to, once it is visible. */
export interface Written {
  /** When the conversations were first submitted (epoch ms) whose insights are visible now and were not before. */
  submitted: number[]
  /** To be published before the batch is committed. */
  again: ToPublish[]
}

export type ToPublish = Extract<Again, { kind: 'erasure' }> | { of: string; kind: 'insight'; event: InsightProduced }

export interface WriteOptions {
  /** Kafka's partition of a key: of those that are the same, writers wait for each other. */
  shardOf: (id: string) => number
  /** STORE_MESSAGES */
  storeMessages: boolean
  /** FACET_KEYS, where a rebuild may have made the tables with others meanwhile. */
  facetKeys?: readonly string[]
  rollupsFrom?: number
  /** Default: the tables that the API reads. */
  target?: Target
  /** False: they are made later, all at once. */
  keepsCounts?: boolean
}

/** Failures without a conversation take one too: while another process holds all shards nothing is written. */
export const SHARD_OF_UNASSIGNED = 0

/** One transaction for all that a batch does to the tables. */
export async function writeProjection(pool: Pool, told: Told, options: WriteOptions): Promise<Written> {
  const ids = [...new Set([...told.events.keys(), ...told.last.keys()])].toSorted()
  if (ids.length + told.unassigned.length === 0) return { submitted: [], again: [] }
  // Once for each: the hash of a key takes microseconds.
  const homes = new Map(ids.map((id) => [id, options.shardOf(id)]))
  const shards = new Set(homes.values())
  if (told.unassigned.length > 0) shards.add(SHARD_OF_UNASSIGNED)
  const { rollupsFrom = ROLLUPS_FROM, target, keepsCounts = true } = options
  const work = async (client: PoolClient): Promise<Written> => {
    if (options.facetKeys !== undefined) await checkFacetKeys(client, options.facetKeys)
    const states = await loadStates(client, ids)
    const steps = ids.map((id): Step => {
      const before = states.get(id) ?? NOTHING
      return { id, before, after: mergeEvents(before, told.events.get(id) ?? []) }
    })
    const changes = toChanges(steps)
    await writeChanges(client, changes, told.unassigned, options)
    const again = await findAgain(client, steps, told, homes)
    if (keepsCounts) await updateCounts(client, changes.counts, { rollupsFrom, ...(target && { locks: target.locks }) })
    return { submitted: submittedAt(steps, told), again }
  }
  return inTransaction(pool, [...shards], work, target)
}

async function findAgain(
  client: ClientBase,
  steps: readonly Step[],
  { last, oldest }: Told,
  homes: ReadonlyMap<string, number>,
): Promise<Written['again']> {
  const chosen = steps.flatMap(({ id, after }) => {
    const [told, home] = [last.get(id), homes.get(id)]
    if (told === undefined || home === undefined) return []
    const again = chooseAgain({ of: id, state: after, home, oldest, last: told })
    return again === null ? [] : [again]
  })
  const missing = chosen.flatMap((one) => (one.kind === 'insight' && one.insight.event === null ? [one.of] : []))
  const stored = await selectInsightEvents(client, missing)
  return chosen.flatMap((one): ToPublish[] => {
    if (one.kind === 'erasure') return [one]
    const event = one.insight.event ?? stored.get(one.of)
    return event === undefined ? [] : [{ of: one.of, kind: 'insight', event }]
  })
}

function submittedAt(steps: readonly Step[], { events }: Told): number[] {
  return steps.flatMap(({ id, after }) => {
    const fresh = (events.get(id) ?? []).find((event) => event.kind === 'produced' && event.insight === after.insight)
    return fresh?.kind === 'produced' && fresh.isFirst ? [fresh.insight.origin.appended_at] : []
  })
}
