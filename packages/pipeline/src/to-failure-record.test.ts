import type { OutgoingRecord } from '@insights/runtime/kafka/records'
import { traceIdOf } from '@insights/runtime/trace-context'
import type { AnalysisFailed } from '@insights/schemas/events/analysis-failed'
import { DEAD_LETTER_HEADERS, isDeadLetterHeader } from '@insights/schemas/events/dead-letter-headers'
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
  groupId: 'p.analyzer',
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
    names: ['lane', 'traceparent', 'content-type', ...Object.keys(DEAD_LETTER_HEADERS)],
  })
  expect(toFailureRecord({ ...failure, conversationId: 'c1' }, options).key).toBe('c1')
})

/** What the headers of a dead letter say, by their names without `__dlq.errors.`. */
const deadLetterOf = ({ headers }: OutgoingRecord) =>
  headers.filter(isDeadLetterHeader).map(({ name, value }) => [name.replace('__dlq.errors.', ''), String(value)])

test("Kafka's own tools know it for a dead letter, of the record that failed and not of its first (KIP-1191)", () => {
  expect(Object.fromEntries(deadLetterOf(toFailureRecord({ ...failure, attempts: 3 }, options)))).toEqual({
    topic: 'p.conversations.received',
    partition: '3',
    offset: '7',
    group: 'p.analyzer',
    'delivery.count': '3',
    message: 'Too large: more than fits',
  })
  expect(deadLetterOf(toFailureRecord(failure, options))).toContainEqual(['delivery.count', '1'])
})

test('what a stranger wrote moves no cursor and fills no screen where the reason is printed', () => {
  const { headers } = toFailureRecord({ ...failure, detail: `\x1b[2J\n${'x'.repeat(10_000)}` }, options)
  const message = String(headers.find(({ name }) => name === '__dlq.errors.message')?.value)
  expect(message).toMatch(/^Too large: \\u\{1b\}\[2J\\u\{a\}x+$/)
  expect(message.length).toBeLessThan(600)
})

test('one that fails again tells of its last failure alone, and the original stays as it was', () => {
  const before = { name: '__dlq.errors.offset', value: Buffer.from('1') }
  const headers = [before, ...record.headers, { name: '__dlq.errors.later', value: null }]
  const failed = toFailureRecord({ ...failure, record: { ...record, headers } }, options)
  expect(deadLetterOf(failed).map(([name]) => name)).toEqual([
    'topic',
    'partition',
    'offset',
    'group',
    'delivery.count',
    'message',
  ])
  expect(deadLetterOf(failed)).toContainEqual(['offset', '7'])
  expect(encoded.at(-1)?.original.headers).toEqual(headers)
})
