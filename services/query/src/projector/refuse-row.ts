import type { Refusal } from '@insights/pipeline/sink/publish-failures'
import pg, { type Pool } from 'pg'
import type { InsightRow } from '../insight-columns.ts'
import { upsertInsights } from './insights-table.ts'
import { UNPROJECTABLE, type Reading } from './project-insights.ts'

/**
 * The refusal of a record that Postgres does not take, for whatever reason it gives for that row: a character that the
 * encoding of the database lacks, a value that is too long for an index, a constraint that an operator added. Null for
 * other errors, and when Postgres takes no row at all: that is the fault of the tables and of no record.
 */
export async function refuseRow(pool: Pool, error: unknown, { record, decoded }: Reading): Promise<Refusal | null> {
  if (!(error instanceof pg.DatabaseError) || !OF_A_ROW.has(error.code?.slice(0, 2) ?? '')) return null
  if (!(await takesRows(pool))) return null
  return {
    record,
    class: 'unprojectable',
    title: UNPROJECTABLE,
    detail: `Postgres refuses the row: ${error.message} (${error.code})`,
    retryable: true, // in a database that takes it
    conversationId: decoded.kind === 'ok' ? decoded.value.conversation_id : null,
  }
}

/** Classes of SQLSTATE: data exception, integrity constraint violation, program limit exceeded. */
const OF_A_ROW = new Set(['22', '23', '54'])

/** Writes a row of which nothing stays. */
async function takesRows(pool: Pool): Promise<boolean> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    await upsertInsights(client, [PLAIN])
    return true
  } catch (error) {
    if (error instanceof pg.DatabaseError && OF_A_ROW.has(error.code?.slice(0, 2) ?? '')) return false
    throw error
  } finally {
    client.release(true) // rolls back
  }
}

/** No conversation has an empty id, so the row meets no other. */
const PLAIN: InsightRow = {
  insight: {
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
  recordOffset: 0,
  recordAppendedAt: 0,
}
