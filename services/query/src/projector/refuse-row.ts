import type { Refusal } from '@insights/pipeline/sink/publish-failures'
import pg, { type Pool } from 'pg'
import { UNPROJECTABLE } from './read/events-of-record.ts'
import type { Reading } from './read/reading.ts'
import { upsertInsights } from './write/other-tables.ts'

/**
 * The refusal of a record that Postgres does not take, for whatever reason it gives for that row: a character that the
 * encoding of the database lacks, a value that is too long for an index, a constraint that an operator added. Null for
 * other errors, and when Postgres takes no row at all: that is the fault of the tables and of no record.
 */
export async function refuseRow(pool: Pool, error: unknown, reading: Reading): Promise<Refusal | null> {
  if (!isOfRow(error)) return null
  if (!(await takesRows(pool))) return null
  return {
    record: reading.record,
    class: 'unprojectable',
    title: UNPROJECTABLE,
    detail: `Postgres refuses the row: ${error.message} (${error.code})`,
    retryable: true, // in a database that takes it
    conversationId: conversationOf(reading),
  }
}

function conversationOf({ decoded }: Reading): string | null {
  return decoded.kind === 'ok' && 'conversation_id' in decoded.value ? decoded.value.conversation_id : null
}

/** Whether Postgres objects to what was to be written, and to nothing else. */
export const isOfRow = (error: unknown): error is pg.DatabaseError =>
  error instanceof pg.DatabaseError && OF_A_ROW.has(error.code?.slice(0, 2) ?? '')

/** Classes of SQLSTATE: data exception, integrity constraint violation, program limit exceeded. */
const OF_A_ROW = new Set(['22', '23', '54'])

/** Writes a row of which nothing stays. */
async function takesRows(pool: Pool): Promise<boolean> {
  const client = await pool.connect()
  try {
    await client.query("begin; select set_config('insights.projector', '3', true)")
    await upsertInsights(client, [PLAIN])
    return true
  } catch (error) {
    if (isOfRow(error)) return false
    throw error
  } finally {
    client.release(true) // rolls back
  }
}

/** No conversation has an empty id, so the row meets no other. */
const PLAIN = {
  event: {
    insight_id: '00000000-0000-0000-0000-000000000000',
    conversation_id: '',
    sentiment_score: 0,
    clusters: ['a'],
    confidence: 0,
    reasoning: 'a',
    model: 'a',
    prompt_version: 'a',
    created_at: 0,
    occurred_at: null,
    origin: { topic: 'a', partition: 0, offset: 0, appended_at: 0 },
    call_id: 'a',
    attempts: 1,
    truncated: false,
    usage: { prompt_tokens: 0, cached_tokens: 0, completion_tokens: 0, reasoning_tokens: 0, cost_usd_ticks: 0 },
    raw: null,
  },
  place: { partition: 0, offset: 0, appendedAt: 0 },
  facets: ['model=a'],
}
