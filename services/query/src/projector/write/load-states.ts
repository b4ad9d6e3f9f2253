import type { FailureClass } from '@insights/schemas/events/analysis-failed'
import type { ClientBase } from 'pg'
import { epochMs } from '../../tables/epoch-ms.ts'
import { isOfInsight } from '../merge/list-facets.ts'
import { NOTHING, type Failure, type State } from '../merge/state.ts'

/** One for each id of which there is a row. Times are epoch ms; the names are prefixed by their table. */
const SELECT_ROWS = `
  select id,
         c.status as c_status, ${epochMs('c.received_at')} as c_received_at, c.origin_topic as c_topic,
         c.origin_partition as c_partition, c.origin_offset::float8 as c_offset,
         c.source as c_source, c.lane as c_lane, c.submission_id as c_submission_id, array_to_json(c.facets) as c_facets,
         ${epochMs('c.occurred_at')} as c_occurred_at, c.record_partition as c_record_partition,
         c.record_offset::float8 as c_record_offset, ${epochMs('c.record_appended_at')} as c_record_at,
         ${epochMs('c.started_at')} as c_started_at, c.started_attempt as c_started_attempt,
         c.started_partition as c_started_partition, c.started_offset::float8 as c_started_offset,
         ${epochMs('c.started_appended_at')} as c_started_appended_at,
         i.insight_id as i_id, i.origin_topic as i_topic, i.origin_partition as i_partition,
         i.origin_offset::float8 as i_offset, ${epochMs('i.origin_appended_at')} as i_origin_at,
         i.record_partition as i_record_partition, i.record_offset::float8 as i_record_offset,
         ${epochMs('i.record_appended_at')} as i_record_at, ${epochMs('i.created_at')} as i_created_at,
         ${epochMs('i.occurred_at')} as i_occurred_at, i.attempts as i_attempts, i.sentiment_score as i_score,
         i.confidence as i_confidence, i.model as i_model, array_to_json(i.facets) as i_facets,
         i.prompt_tokens::float8 as i_prompt_tokens, i.cached_tokens::float8 as i_cached_tokens,
         i.completion_tokens::float8 as i_completion_tokens, i.reasoning_tokens::float8 as i_reasoning_tokens,
         i.cost_usd_ticks::float8 as i_cost_usd_ticks,
         ${epochMs('e.erased_through')} as e_through, e.record_partition as e_record_partition,
         e.record_offset::float8 as e_record_offset, ${epochMs('e.record_appended_at')} as e_record_at
    from unnest($1::text[]) as id
    left join conversations c on c.conversation_id = id
    left join insights i on i.conversation_id = id
    left join erasures e on e.conversation_id = id
   where num_nonnulls(c.conversation_id, i.conversation_id, e.conversation_id) > 0`

const SELECT_FAILURES = `
  select failure_id as id, conversation_id as of, class, attempts, ${epochMs('failed_at')} as failed_at, origin_topic as topic,
         origin_partition as partition, origin_offset::float8 as offset, ${epochMs('origin_appended_at')} as origin_at,
         record_partition, record_offset::float8 as record_offset, ${epochMs('record_appended_at')} as record_at
    from failures where conversation_id = any($1::text[])`

/** What the tables hold of these conversations; those that are missing have nothing. */
export async function loadStates(client: ClientBase, ids: readonly string[]): Promise<Map<string, State>> {
  const states = new Map<string, State>()
  if (ids.length === 0) return states
  const { rows } = await client.query<Row>(SELECT_ROWS, [ids])
  for (const row of rows) states.set(row.id, toState(row))
  const failures = await client.query<FailureRead>(SELECT_FAILURES, [ids])
  const byConversation = new Map<string, Map<string, Failure>>()
  for (const row of failures.rows) {
    const known = byConversation.get(row.of)
    if (known === undefined) byConversation.set(row.of, new Map([[row.id, toFailure(row)]]))
    else known.set(row.id, toFailure(row))
  }
  for (const [id, own] of byConversation) states.set(id, { ...(states.get(id) ?? NOTHING), failures: own })
  return states
}

function toState(row: Row): State {
  return { submission: toSubmission(row), insight: toInsight(row), erasure: toErasure(row), failures: NOTHING.failures }
}

function toSubmission(row: Row): State['submission'] {
  if (row.c_status === null) return null
  const place = toPlace(row.c_record_partition, row.c_record_offset, row.c_record_at)
  const startedPlace = toPlace(row.c_started_partition, row.c_started_offset, row.c_started_appended_at)
  return {
    origin: toOrigin(row.c_topic, row.c_partition, row.c_offset, row.c_received_at),
    received:
      place === null
        ? null
        : {
            place,
            source: row.c_source ?? '',
            lane: row.c_lane ?? '',
            submissionId: row.c_submission_id ?? '',
            occurredAt: row.c_occurred_at ?? 0,
            facets: row.c_facets ?? [],
            content: null,
          },
    started:
      startedPlace === null
        ? null
        : { place: startedPlace, startedAt: row.c_started_at ?? 0, attempt: row.c_started_attempt ?? 0 },
  }
}

function toInsight(row: Row): State['insight'] {
  const place = toPlace(row.i_record_partition, row.i_record_offset, row.i_record_at)
  if (place === null) return null
  const number = (value: number | null): number => value ?? 0
  return {
    place,
    origin: toOrigin(row.i_topic, row.i_partition, row.i_offset, row.i_origin_at),
    insightId: row.i_id ?? '',
    createdAt: number(row.i_created_at),
    occurredAt: number(row.i_occurred_at),
    attempts: number(row.i_attempts),
    sentimentScore: number(row.i_score),
    confidence: number(row.i_confidence),
    model: row.i_model ?? '',
    usage: {
      prompt_tokens: number(row.i_prompt_tokens),
      cached_tokens: number(row.i_cached_tokens),
      completion_tokens: number(row.i_completion_tokens),
      reasoning_tokens: number(row.i_reasoning_tokens),
      cost_usd_ticks: number(row.i_cost_usd_ticks),
    },
    ownFacets: (row.i_facets ?? []).filter(isOfInsight),
    event: null,
  }
}

function toErasure(row: Row): State['erasure'] {
  const place = toPlace(row.e_record_partition, row.e_record_offset, row.e_record_at)
  return place === null ? null : { erasedThrough: row.e_through ?? 0, place }
}

const toFailure = (row: FailureRead): Failure => ({
  place: { partition: row.record_partition, offset: row.record_offset, appendedAt: row.record_at },
  origin: { topic: row.topic, partition: row.partition, offset: row.offset, appended_at: row.origin_at },
  class: row.class,
  attempts: row.attempts,
  failedAt: row.failed_at,
  event: null,
})

const toPlace = (partition: number | null, offset: number | null, appendedAt: number | null) =>
  partition === null ? null : { partition, offset: offset ?? 0, appendedAt: appendedAt ?? 0 }

const toOrigin = (topic: string | null, partition: number | null, offset: number | null, at: number | null) => ({
  topic: topic ?? '',
  partition: partition ?? 0,
  offset: offset ?? 0,
  appended_at: at ?? 0,
})

type Texts = 'c_status' | 'c_topic' | 'c_source' | 'c_lane' | 'c_submission_id' | 'i_id' | 'i_topic' | 'i_model'
type Numbers =
  | `c_${'received_at' | 'partition' | 'offset' | 'occurred_at'}`
  | `c_record_${'partition' | 'offset' | 'at'}`
  | `c_started_${'at' | 'attempt' | 'partition' | 'offset' | 'appended_at'}`
  | `i_${'partition' | 'offset' | 'origin_at' | 'created_at' | 'occurred_at' | 'attempts' | 'score' | 'confidence'}`
  | `i_record_${'partition' | 'offset' | 'at'}`
  | `i_${'prompt' | 'cached' | 'completion' | 'reasoning'}_tokens`
  | `i_cost_usd_ticks`
  | `e_${'through' | 'record_partition' | 'record_offset' | 'record_at'}`
type Row = { id: string; c_facets: string[] | null; i_facets: string[] | null } & Record<Texts, string | null> &
  Record<Numbers, number | null>

interface FailureRead {
  id: string
  of: string
  class: FailureClass
  attempts: number
  failed_at: number
  topic: string
  partition: number
  offset: number
  origin_at: number
  record_partition: number
  record_offset: number
  record_at: number
}
