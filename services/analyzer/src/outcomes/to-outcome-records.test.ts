import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { lastHeader, type OutgoingHeader, type OutgoingRecord } from '@insights/runtime/kafka/records'
import { traceIdOf } from '@insights/runtime/trace-context'
import type { AnalysisFailed } from '@insights/schemas/events/analysis-failed'
import { FIRST_ORIGIN, firstOriginHeader } from '@insights/schemas/events/first-origin'
import type { InsightProduced } from '@insights/schemas/events/insight-produced'
import { topics } from '@insights/schemas/topics'
import { createOutcomeRecords } from './to-outcome-records.ts'
import { record, work } from '../work/work.fixture.ts'

/** Instead of Avro: what is encoded must keep its contract, and can be looked at. */
const records = createOutcomeRecords({
  encode: (topic, event) => Buffer.from(JSON.stringify(topics[topic].schema.parse(event))),
  prefix: 'p.',
  groupId: 'p.analyzer',
  now: () => 1_700_000_000_000,
  randomBytes,
})
const call = { callId: 'call-1', startedAt: 1_699_999_999_000, model: 'grok-4.3', promptVersion: '1.0.0+abc' }
const parent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const headers = [
  { name: 'traceparent', value: Buffer.from(parent) },
  { name: 'x-team', value: Buffer.from('blue') },
  { name: 'content-type', value: Buffer.from('odd') },
  { name: 'x-team', value: null },
]
const traceparentOf = (list: readonly OutgoingHeader[] = []) =>
  String(list.findLast(({ name }) => name === 'traceparent')?.value)
const answer = { conversation_id: 'k7f2', reasoning: 'r', sentiment_score: -0.5, confidence: 0.9, clusters: ['refund'] }
const usage = { prompt_tokens: 11, cached_tokens: 4, completion_tokens: 3, reasoning_tokens: 0, cost_usd_ticks: 7 }

const words = { title: 't', detail: 'd', retryable: false }

describe('the events of the analyzer', () => {
  const works = [0, 1, 2].map((offset) => work(offset, { record: record(offset, { headers }), attempts: 1 }))
  const accepted = works.map((w) => ({ work: w, answer, raw: null }))
  const insights = records.insights(call, accepted, 'grok-4.3-0417', usage)
  const read = ({ value }: OutgoingRecord) => JSON.parse(String(value)) as InsightProduced
  const events = insights.map(({ record: one }) => read(one))

  test('(I4) an insight carries the ids of its own conversation, never the alias', () => {
    expect(events.map((event) => event.conversation_id)).toEqual(['c0', 'c1', 'c2'])
    expect(events.map((event) => event.origin.offset)).toEqual([0, 1, 2])
    expect(insights.map(({ record: { key } }) => key)).toEqual(['c0', 'c1', 'c2'])
    expect(JSON.stringify(events)).not.toContain('k7f2')
  })

  test('it says when its conversation took place, also as an answer that is known already', () => {
    expect(events[0]?.occurred_at).toBeNull()
    const [first] = insights
    if (first === undefined) throw new Error('no insight')
    expect(read(records.repeated(first.insight, work(9, { occurredAt: 1_699_000_000_000 }))).occurred_at).toBe(
      1_699_000_000_000,
    )
  })

  test('it is never older than its submission, whose append may be by the clock of another broker', () => {
    const late = work(0, { record: record(0, { appendedAt: 1_700_000_000_003 }) })
    const [insight] = records.insights(call, [{ work: late, answer, raw: null }], null, usage)
    expect(events[0]?.created_at).toBe(1_700_000_000_000)
    expect(JSON.parse(String(insight?.record.value))).toMatchObject({ created_at: 1_700_000_000_003 })
  })

  test('(I7) of a record that was published again all events have its first origin, and pass the header on', () => {
    const first = { topic: 'conversations.received', partition: 9, offset: 3, appended_at: 1_600_000_000_000 }
    const again = record(8, { appendedAt: 1_650_000_000_000, headers: [...headers, firstOriginHeader(first)] })
    const driven = work(8, { record: again })
    const [produced] = records.insights(call, [{ work: driven, answer, raw: null }], null, usage)
    const outcomes = [
      produced?.record,
      produced && records.repeated(produced.insight, driven),
      records.givenUp({ work: driven, class: 'unsafe', ...words }),
      records.unreadable(again, { class: 'invalid', ...words, conversationId: null }),
    ].filter((one) => one !== undefined)
    expect(outcomes.map(({ value }) => (JSON.parse(String(value)) as InsightProduced).origin)).toEqual(
      Array.from({ length: 4 }, () => first),
    )
    for (const one of outcomes) expect(lastHeader(one.headers, FIRST_ORIGIN)).toEqual(firstOriginHeader(first).value)
    expect(JSON.parse(String(records.started(call, [driven]).value))).toMatchObject({ items: [{ origin: first }] })
  })

  test('(I6) what fails again for the same reason is the same failure, wherever it lies now', () => {
    const first = { topic: 'conversations.received', partition: 0, offset: 3, appended_at: 0 }
    const failures = [record(3), record(70, { headers: [firstOriginHeader(first)] })].map((one) =>
      records.unreadable(one, { class: 'undecodable', ...words, conversationId: null }),
    )
    expect(new Set(failures.map(({ value }) => (JSON.parse(String(value)) as AnalysisFailed).failure_id)).size).toBe(1)
  })

  test('it names the model that answered, and its share of the usage; the shares add up', () => {
    expect(events[0]).toMatchObject({ model: 'grok-4.3-0417', attempts: 2, usage: { prompt_tokens: 4 } })
    expect(events.reduce((sum, event) => sum + event.usage.cost_usd_ticks, 0)).toBe(7)
    const [unnamed] = records.insights(call, accepted.slice(0, 1), null, null)
    expect(JSON.parse(String(unnamed?.record.value))).toMatchObject({ model: 'grok-4.3', usage: { prompt_tokens: 0 } })
  })

  test('headers: unknown ones pass, the trace goes on as a child, the content is named', () => {
    const traceparent = traceparentOf(insights[0]?.record.headers)
    expect(insights[0]?.record.headers).toEqual([
      { name: 'x-team', value: Buffer.from('blue') },
      { name: 'x-team', value: null },
      { name: 'traceparent', value: traceparent },
      { name: 'content-type', value: 'application/vnd.confluent.avro' },
    ])
    expect(traceIdOf(traceparent)).toBe(traceIdOf(parent))
    expect(traceparent).not.toBe(parent)
  })

  test('huge headers do not make an insight that no broker takes; a failure keeps them', () => {
    const huge = [
      { name: 'big', value: Buffer.alloc(1_500_000) },
      { name: 'small', value: Buffer.from('s') },
    ]
    const heavy = work(0, { record: record(0, { headers: huge }) })
    const [insight] = records.insights(call, [{ work: heavy, answer, raw: null }], null, usage)
    expect(insight?.record.headers.map(({ name }) => name)).toEqual(['traceparent', 'content-type'])
    const failed = records.givenUp({ work: heavy, class: 'unsafe', ...words })
    const { original } = JSON.parse(String(failed.value)) as AnalysisFailed
    expect(original.headers.map(({ name }) => name)).toEqual(['big', 'small'])
  })

  test('(I4) an insight that is known already answers another record: its own ids and origin, and nothing was paid for it', () => {
    const [first] = insights
    if (first === undefined) throw new Error('no insight')
    const other = work(70, { record: record(70, { partition: 3, headers }), conversationId: 'other' })
    const repeated = records.repeated(first.insight, other)
    expect([repeated.topic, repeated.key]).toEqual(['p.insights.produced', 'other'])
    expect(traceIdOf(traceparentOf(repeated.headers))).toBe(traceIdOf(parent))
    const { conversation_id, origin, usage: paid, ...rest } = read(repeated)
    expect([conversation_id, origin, paid.cost_usd_ticks]).toEqual([
      'other',
      { topic: 'conversations.received', partition: 3, offset: 70, appended_at: 0 },
      0,
    ])
    expect(events[0]).toMatchObject(rest)
  })

  test('a failure carries the original bytes and the key of its conversation', () => {
    const failed = records.givenUp({ work: work(7, { attempts: 3 }), class: 'missing_answer', ...words })
    expect(failed).toMatchObject({ topic: 'p.analysis.failed', key: 'c7' })
    expect(JSON.parse(String(failed.value))).toMatchObject({
      class: 'missing_answer',
      attempts: 3,
      retryable: false,
      problem: { type: 'urn:conversation-insights:problem:missing-answer' },
      original: { value: { type: 'Buffer', data: [...Buffer.from('x')] } },
    })
  })

  test('a failure says whether the conversation may be tried again', () => {
    const failed = records.givenUp({ work: work(7), class: 'expired', ...words, retryable: true })
    expect(JSON.parse(String(failed.value))).toMatchObject({ class: 'expired', retryable: true })
  })

  test('a record that cannot be read is charged no attempt, and keeps its id where it has one', () => {
    const problem = { class: 'invalid', title: 't', detail: 'd', retryable: true, conversationId: 'c8' } as const
    const failed = records.unreadable(record(8, { headers }), problem)
    expect(failed.key).toBe('c8')
    expect(JSON.parse(String(failed.value))).toMatchObject({ class: 'invalid', attempts: 0, retryable: true })
    expect(traceIdOf(traceparentOf(failed.headers))).toBe(traceIdOf(parent))
  })

  test('one event tells of a call that begins, with the attempt of each conversation', () => {
    const started = records.started(call, works)
    expect(started).toMatchObject({ topic: 'p.analysis.started', key: 'c0' })
    expect(JSON.parse(String(started.value))).toMatchObject({
      call_id: 'call-1',
      items: [{ conversation_id: 'c0', attempt: 2 }, { attempt: 2 }, { attempt: 2 }],
    })
  })
})
