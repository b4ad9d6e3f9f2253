import { traceIdOf } from '@insights/runtime/trace-context'
import type { AnalysisFailed } from '@insights/schemas/events/analysis-failed'
import { topics, type TopicId } from '@insights/schemas/topics'
import { expect, test } from 'vitest'
import { toFailureRecord } from './to-failure-record.ts'

const parent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const record = {
  topic: 'p.conversations.received',
  partition: 3,
  offset: 7,
  appendedAt: 1_700_000_000_000,
  key: Buffer.from('k'),
  value: Buffer.from('garbage'),
  headers: [
    { name: 'traceparent', value: Buffer.from(parent) },
    { name: 'lane', value: Buffer.from('bulk') },
  ],
}
const failure = {
  record,
  origin: { topic: record.topic, partition: 5, offset: 1, appended_at: 1_600_000_000_000 },
  class: 'too_large',
  title: 'Too large',
  detail: 'more than fits',
  retryable: true,
  conversationId: null,
  attempts: 0,
} as const
const encoded: AnalysisFailed[] = []
const options = {
  /** Instead of Avro: what is encoded must keep its contract, and can be looked at. */
  encode: (topic: TopicId, event: unknown) => {
    encoded.push(topics[topic].schema.parse(event) as AnalysisFailed)
    return Buffer.from('encoded')
  },
  prefix: 'p.',
  randomBytes: (n: number) => Buffer.alloc(n, 7),
  now: () => 1_700_000_001_000,
}

test('(I2) a failure says why, and carries the original whole, so that it can be published again', () => {
  toFailureRecord(failure, options)
  expect(encoded.at(-1)).toMatchObject({
    class: 'too_large',
    problem: {
      type: 'urn:conversation-insights:problem:too-large',
      title: 'Too large',
      detail: 'more than fits',
    },
    attempts: 0,
    retryable: true,
    failed_at: 1_700_000_001_000,
    origin: failure.origin,
    original: { key: record.key, value: record.value, headers: record.headers },
  })
})

test('by a clock that is behind the broker it has failed when it was appended, and not before', () => {
  toFailureRecord(failure, { ...options, now: () => record.appendedAt - 7_200_000 })
  expect(encoded.at(-1)?.failed_at).toBe(record.appendedAt)
})

test('its record is found by its conversation, else by the original key, and continues the trace', () => {
  const { topic, key, value, headers } = toFailureRecord(failure, options)
  const trace = headers.find(({ name }) => name === 'traceparent')?.value?.toString()
  expect({ topic, key, value, trace: traceIdOf(trace), names: headers.map(({ name }) => name) }).toEqual({
    topic: 'p.analysis.failed',
    key: record.key,
    value: Buffer.from('encoded'),
    trace: traceIdOf(parent),
    names: ['lane', 'traceparent', 'content-type'],
  })
  expect(toFailureRecord({ ...failure, conversationId: 'c1' }, options).key).toBe('c1')
})
