import type { Refusal } from '@insights/pipeline/sink/publish-failures'
import { keyText } from '@insights/schemas/events/check-key'
import { ConversationId } from '@insights/schemas/events/scalars'
import type { TopicId } from '@insights/schemas/topics'
import type { Event } from '../merge/events.ts'
import { ageOf } from '../merge/expire-state.ts'
import type { Place } from '../merge/state.ts'
import { failedEvents, producedEvents, receivedEvents, startedEvents } from './events-of-record.ts'
import type { Reading } from './reading.ts'

/** What the records of a batch say, by conversation. */
export interface Told {
  events: Map<string, Event[]>
  /** Failures of which neither the event nor the key tells the conversation. */
  unassigned: Extract<Event, { kind: 'failed' }>[]
  refusals: Refusal[]
  /** What was submitted before (epoch ms) is not taken in; null: everything is. */
  oldest: number | null
  /** Of `insights.produced`: the last record of each key, which compaction would keep. */
  last: Map<string, { place: Place; event: Event | null }>
}

/** What a record comes to: what it says of conversations, or why it can never be stored. Null: others tell of it. */
export type Saying = { of: string | null; event: Event }[] | Refusal | null

export interface ReadOptions {
  /** FACET_KEYS */
  facetKeys: readonly string[]
  /** `conversations.received` with its prefix: where submissions come from. */
  receivedTopic: string
  /** RETENTION_DAYS: what was submitted before (epoch ms) is not taken in. */
  oldest?: number | null
}

/** `refused`: a record that the tables do not take; it says nothing, but may be the last of its key. */
export function toEvents(
  readings: Reading[],
  refused: Pick<Reading, 'topic' | 'record'> | null,
  options: ReadOptions,
): Told {
  const { oldest = null } = options
  const told: Told = { events: new Map(), unassigned: [], refusals: [], oldest, last: new Map() }
  for (const reading of readings) {
    const saying = toSaying(reading, options)
    const sayings = Array.isArray(saying) ? saying : []
    if (saying !== null && !Array.isArray(saying)) told.refusals.push(saying)
    for (const { of, event } of sayings) {
      if (oldest !== null && ageOf(event) < oldest) continue
      if (of === null) {
        if (event.kind === 'failed') told.unassigned.push(event)
        continue
      }
      const known = told.events.get(of)
      if (known === undefined) told.events.set(of, [event])
      else known.push(event)
    }
    noteLast(told, reading, sayings)
  }
  if (refused !== null) noteLast(told, refused, [])
  return told
}

function noteLast(
  { last }: Told,
  { topic, record }: Pick<Reading, 'topic' | 'record'>,
  sayings: { event: Event }[],
): void {
  const key = topic === 'insightsProduced' ? keyText(record.key) : null
  if (!ConversationId.safeParse(key).success || key === null) return
  const { partition, offset, appendedAt } = record
  last.set(key, { place: { partition, offset, appendedAt }, event: sayings[0]?.event ?? null })
}

function toSaying(reading: Reading, options: ReadOptions): Saying {
  switch (reading.topic) {
    case 'conversationsReceived':
      return receivedEvents(reading, options)
    case 'analysisStarted':
      return startedEvents(reading)
    case 'insightsProduced':
      return producedEvents(reading)
    case 'analysisFailed':
      return failedEvents(reading, options)
  }
}

/** The topics that are projected, in one group. */
export const PROJECTED = [
  'conversationsReceived',
  'analysisStarted',
  'insightsProduced',
  'analysisFailed',
] as const satisfies TopicId[]
