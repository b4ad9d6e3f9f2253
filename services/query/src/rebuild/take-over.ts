import type { Client, ClientBase } from 'pg'
import { escapeIdentifier } from 'pg'
import { NOTHING } from '../projector/merge/state.ts'
import { facetsOfSubmission } from '../projector/merge/list-facets.ts'
import type { Event } from '../projector/merge/events.ts'
import { ageOf } from '../projector/merge/expire-state.ts'
import type { State } from '../projector/merge/state.ts'
import { toInsight } from '../projector/read/events-of-record.ts'
import type { Told } from '../projector/read/to-events.ts'
import { loadStates } from '../projector/write/load-states.ts'
import { selectInsightEvents } from '../projector/write/select-insight-events.ts'
import { selectContents, selectFailures, selectUnassigned, type FailureOf } from './select-large-parts.ts'
import { SCHEMA } from './make-tables.ts'

/** Conversations, of which each may have a megabyte of messages. */
const PAGE = 200

/**
 * Tells what the present tables hold and the new ones do not, because the topics no longer do: records that have gone
 * for their age, erasures whose tombstones have been compacted away, insights of before their places were kept. As
 * events like those of records, so it does not matter when they are told, or whether a topic tells them as well.
 */
export async function takeOver(
  client: Client,
  {
    live,
    facetKeys,
    receivedTopic,
    oldest,
    onTold,
  }: {
    live: string
    /** Null: the present tables have the same facets. */
    facetKeys: readonly string[] | null
    receivedTopic: string
    /** What was submitted before (epoch ms) is left out; null: nothing is. */
    oldest: number | null
    onTold: (told: Told) => Promise<void>
  },
): Promise<number> {
  let taken = 0
  const isKept = (event: Event): boolean => oldest === null || ageOf(event) >= oldest
  await client.query('begin isolation level repeatable read read only; set local statement_timeout = 0')
  await client.query(`declare missing no scroll cursor for ${missingIds(live)}`)
  for (;;) {
    const { rows } = await client.query<{ id: string }>(`fetch ${PAGE} from missing`)
    if (rows.length === 0) break
    const ids = rows.map(({ id }) => id)
    await onTold({ ...NOTHING_TOLD, events: await selectEvents(client, ids, { facetKeys, receivedTopic, isKept }) })
    taken += ids.length
  }
  await client.query(`declare unassigned no scroll cursor for ${missingUnassigned(live)}`)
  for (;;) {
    const { rows } = await client.query<{ id: string }>(`fetch ${PAGE} from unassigned`)
    if (rows.length === 0) break
    const failures = await selectUnassigned(
      client,
      rows.map(({ id }) => id),
    )
    const unassigned = failures.map((one) => toFailed(one, receivedTopic)).filter(isKept)
    await onTold({ ...NOTHING_TOLD, unassigned })
    taken += unassigned.length
  }
  await client.query('commit')
  return taken
}

const NOTHING_TOLD: Told = { events: new Map(), unassigned: [], refusals: [], oldest: null, last: new Map() }

/** Everything that the present tables hold of these conversations. */
async function selectEvents(
  client: ClientBase,
  ids: readonly string[],
  options: { facetKeys: readonly string[] | null; receivedTopic: string; isKept: (event: Event) => boolean },
): Promise<Map<string, Event[]>> {
  const states = await loadStates(client, ids)
  const contents = await selectContents(client, ids)
  const insights = await selectInsightEvents(client, ids)
  const failures = Map.groupBy(await selectFailures(client, ids), ({ of }) => of)
  return new Map(
    ids.map((id) => {
      const state = states.get(id) ?? NOTHING
      const events: Event[] = toSubmissionEvents(state, contents.get(id) ?? null, options)
      const insight = insights.get(id)
      if (state.insight !== null && insight !== undefined)
        events.push({ kind: 'produced', insight: toInsight(insight, state.insight.place), isFirst: false })
      if (state.erasure !== null) events.push({ kind: 'erased', ...state.erasure })
      for (const one of failures.get(id) ?? []) events.push(toFailed(one, options.receivedTopic))
      return [id, events.filter(options.isKept)]
    }),
  )
}

type Content = NonNullable<NonNullable<State['submission']>['received']>['content']

function toSubmissionEvents(
  { submission }: State,
  content: Content,
  { facetKeys }: { facetKeys: readonly string[] | null },
): Event[] {
  if (submission === null) return []
  const { origin, received, started } = submission
  const events: Event[] = []
  if (received !== null) {
    const metadata = content?.metadata ?? '{}'
    const facets =
      facetKeys === null ? received.facets : facetsOfSubmission({ source: received.source, metadata, keys: facetKeys })
    events.push({ kind: 'received', origin, received: { ...received, facets, content } })
  }
  if (started !== null) events.push({ kind: 'started', origin, started })
  return events
}

type Failed = Extract<Event, { kind: 'failed' }>

const toFailed = ({ id, failure }: FailureOf, receivedTopic: string): Failed => ({
  kind: 'failed',
  id,
  isOfSubmission: failure.origin.topic === receivedTopic,
  failure,
})

const differs = (prefix: string): string =>
  `(old.${prefix}_partition, old.${prefix}_offset, old.${prefix}_appended_at) is distinct from
   (new.${prefix}_partition, new.${prefix}_offset, new.${prefix}_appended_at)`

const missingIds = (live: string): string => {
  const pair = (table: string, keys = 'conversation_id') =>
    `${escapeIdentifier(live)}.${table} as old left join ${escapeIdentifier(SCHEMA)}.${table} as new using (${keys})`
  return `
    select conversation_id as id from ${pair('conversations')}
     where (old.record_partition is not null and ${differs('record')})
        or (old.started_partition is not null and ${differs('started')})
     union
    select conversation_id from ${pair('insights')} where ${differs('record')}
     union
    select conversation_id from ${pair('erasures')} where ${differs('record')}
     union
    select old.conversation_id from ${pair('failures', 'conversation_id, failure_id')}
     where old.conversation_id is not null and ${differs('record')}`
}

const missingUnassigned = (live: string): string => `
    select old.failure_id as id
      from ${escapeIdentifier(live)}.failures as old
      left join ${escapeIdentifier(SCHEMA)}.failures as new
        on new.failure_id = old.failure_id and new.conversation_id is null
     where old.conversation_id is null and ${differs('record')}`
