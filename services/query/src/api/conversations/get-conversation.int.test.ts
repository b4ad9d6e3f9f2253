import fc from 'fast-check'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { emptyTables } from '../../projector/dump-tables.fixture.ts'
import { anyHappenings, EPOCH, toRecords, type Happening } from '../../projector/merge/history.fixture.ts'
import type { Reading } from '../../projector/read/reading.ts'
import { storeReadings } from '../../projector/store-insights.fixture.ts'
import { serveForTests } from '../serve.fixture.ts'
import { Conversation } from './conversation.ts'
import { openTestDatabase } from '../open-test-database.fixture.ts'

const { pool, database } = await openTestDatabase('query-get-conversation')
const app = serveForTests(database)
afterAll(() => app.close())
beforeEach(() => emptyTables(pool))

const happen = (...happenings: [Happening['kind'], { which?: number; draw: number }][]) =>
  toRecords(happenings.map(([kind, { which = 0, draw }]) => ({ id: 0, kind, which, draw })))

async function store(records: Reading[]): Promise<void> {
  for (const record of records) await storeReadings(pool, [record])
}

const ask = (headers: Record<string, string> = {}, id = 'conv_0') =>
  app.inject({ url: `/api/v1/conversations/${id}`, headers })

/** Each answer is what the description of the API says. */
async function read(): Promise<z.infer<typeof Conversation>> {
  const answer = await ask()
  expect({ status: answer.statusCode, body: answer.body }).toMatchObject({ status: 200 })
  expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
  Conversation.strict().parse(answer.json())
  return answer.json()
}

const at = (ms: number) => new Date(EPOCH + ms).toISOString()

describe('GET /api/v1/conversations/{conversation_id}', () => {
  test('tells the whole way of a conversation that was published again and answered', async () => {
    await store(
      happen(
        ['received', { draw: 3 }],
        ['failed', { draw: 2 }],
        ['failed', { draw: 4 }],
        ['again', { draw: 0 }],
        ['started', { draw: 7 }],
        ['produced', { draw: 6 }],
      ),
    )
    const origin = { topic: 'conversations.received', partition: 1, offset: 0, appended_at: at(0) }
    expect(await read()).toEqual({
      conversation_id: 'conv_0',
      status: 'completed',
      received_at: at(0),
      started_at: at(7),
      finished_at: at(1),
      occurred_at: at(-3),
      attempts: 3,
      source: 'crm',
      lane: 'bulk',
      submission_id: '00000000-0000-4000-8000-000000000003',
      origin,
      insight: {
        conversation_id: 'conv_0',
        insight_id: '00000000-0000-5000-8000-000000000006',
        is_of_newest_submission: true,
        sentiment_score: -0.4,
        clusters: ['billing'],
        confidence: 0.06,
        reasoning: 'reason 6',
        model: 'grok-4.3',
        created_at: at(1),
        occurred_at: at(-6 * 600_000),
        truncated: false,
        attempts: 3,
        prompt_version: '1.0.0-abcdef',
        call_id: 'a3c9f0de-0000-4000-8000-000000000001',
        usage: { prompt_tokens: 64, cached_tokens: 6, completion_tokens: 18, reasoning_tokens: 30 },
        cost_usd: '6.4000000448',
      },
      failure: null,
      metadata: { channel: 'mail', other: 3 },
      messages: [{ author_id: null, text: 'text 3', timestamp: at(-3), inbound: true }],
      previous: [],
      timeline: [
        { stage: 'occurred', at: at(-3) },
        { stage: 'received', at: at(0) },
        { stage: 'published_again', at: at(1), detail: 'partition 0, offset 0' },
        { stage: 'completed', at: at(1), detail: 'by grok-4.3' },
        { stage: 'started', at: at(7), detail: 'attempt 2' },
      ],
    })
  })

  test('while a newer submission waits, the insight of the one before is given, and said to be that', async () => {
    await store(happen(['received', { draw: 1 }], ['produced', { draw: 1 }], ['received', { draw: 3 }]))
    expect(await read()).toMatchObject({
      status: 'queued',
      finished_at: null,
      submission_id: '00000000-0000-4000-8000-000000000003',
      insight: { reasoning: 'reason 1', is_of_newest_submission: false },
    })
  })

  test('whatever has happened: a status that is final has its outcome beside it, and the timeline is in order', async () => {
    await fc.assert(
      fc.asyncProperty(anyHappenings, async (happenings) => {
        await emptyTables(pool)
        await storeReadings(pool, toRecords(happenings.map((one) => ({ ...one, id: 0 }))))
        const { rows } = await pool.query('select from conversations')
        fc.pre(rows.length > 0)
        const { status, finished_at, attempts, insight, failure, timeline } = await read()
        const outcomes = {
          completed: insight && { ...insight, at: insight.created_at },
          failed: failure && { ...failure, at: failure.failed_at },
          queued: { is_of_newest_submission: true, at: null, attempts },
          processing: { is_of_newest_submission: true, at: null, attempts },
        }
        expect(outcomes[status]).toMatchObject({ is_of_newest_submission: true, at: finished_at, attempts })
        const times = timeline.map(({ at }) => at)
        expect(times).toEqual(times.toSorted())
      }),
      { numRuns: 15 },
    )
  })

  test('a failure of a record that is no submission, alone: nothing was received, and why it failed is told', async () => {
    const [, failed] = happen(['received', { draw: 1 }], ['failed', { draw: 1 }])
    if (failed?.topic !== 'analysisFailed' || failed.decoded.kind !== 'ok') throw new Error('one failed')
    const value = {
      ...failed.decoded.value,
      class: 'unprojectable' as const,
      origin: { ...failed.decoded.value.origin, topic: 'insights.produced' },
    }
    await store([{ ...failed, decoded: { kind: 'ok', value } }])
    expect(await read()).toMatchObject({
      status: 'failed',
      received_at: null,
      origin: null,
      metadata: null,
      messages: null,
      failure: { class: 'unprojectable', origin: { topic: 'insights.produced' } },
      timeline: [{ stage: 'failed', detail: 'unprojectable' }],
    })
  })

  test('an insight without its conversation, as of before these tables: what it tells of the submission', async () => {
    await store(happen(['received', { draw: 1 }], ['produced', { draw: 6 }]))
    await pool.query('delete from conversations')
    expect(await read()).toMatchObject({
      status: 'completed',
      received_at: at(0),
      finished_at: at(1),
      attempts: 3,
      source: null,
      metadata: null,
      insight: { is_of_newest_submission: true },
    })
  })

  test('metadata goes out as it is stored: every digit, any name, any depth; times of messages stay away where none is', async () => {
    const [received] = happen(['received', { draw: 1 }])
    if (received?.topic !== 'conversationsReceived' || received.decoded.kind !== 'ok') throw new Error('one came')
    const deep = `${'['.repeat(3_000)}${']'.repeat(3_000)}`
    const metadata = `{"n": 12345678901234567890.125, "e": 1e300, "__proto__": {"a": "</script>"}, "deep": ${deep}}`
    const messages = [{ author_id: 'a', text: '\u2028<b>"\\', timestamp: null, inbound: null }]
    await store([{ ...received, decoded: { kind: 'ok', value: { ...received.decoded.value, metadata, messages } } }])
    const answer = await ask()
    expect(answer.statusCode).toBe(200)
    expect(answer.body).toContain('"n": 12345678901234567890.125')
    expect(answer.body).toContain('"__proto__": {"a": "</script>"}')
    expect(answer.body).toContain(deep)
    expect(answer.json()).toMatchObject({ messages })
  })

  test('the ETag holds while nothing changes: not after a change of metadata, nor when messages are no longer kept', async () => {
    await store(happen(['received', { draw: 1 }]))
    const first = await ask()
    const etag = String(first.headers.etag)
    const again = await ask({ 'if-none-match': `"other", W/${etag}` })
    expect({ status: again.statusCode, body: again.body, etag: again.headers.etag }).toEqual({
      status: 304,
      body: '',
      etag,
    })
    const tags = new Set([etag])
    for (const change of [`metadata = '{"a": 1}'`, 'messages = null', `status = 'processing'`]) {
      await pool.query(`update conversations set ${change}`)
      const answer = await ask({ 'if-none-match': etag })
      expect(answer.statusCode).toBe(200)
      tags.add(String(answer.headers.etag))
    }
    expect(tags.size).toBe(4)
  })

  test('what is not known is a 404 that says what it may mean', async () => {
    const answer = await ask({}, 'unknown')
    expect(answer.statusCode).toBe(404)
    expect(answer.json()).toMatchObject({
      type: 'urn:conversation-insights:problem:unknown-conversation',
      detail: expect.stringMatching(/never submitted.*erased.*RETENTION_DAYS.*a moment ago/s),
    })
  })
})
