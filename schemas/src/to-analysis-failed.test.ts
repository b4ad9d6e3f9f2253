import avsc from 'avsc'
import { expect, test } from 'vitest'
import { AnalysisFailed } from './analysis-failed.ts'
import { analysisFailedKey, toAnalysisFailed } from './to-analysis-failed.ts'
import { topics } from './topics.ts'

/** Kafka's record batch (magic 2): 61 bytes of batch header, at most 32 of lengths and deltas around one record. */
const BATCH_OVERHEAD = 61 + 32
const CONFLUENT_HEADER = 5

const record = {
  topic: 'conversations.received',
  partition: 3,
  offset: 42,
  appendedAt: 1_767_323_045_123,
  key: Buffer.from('c1'),
  value: Buffer.from([0, 0xde, 0xad]),
  headers: { traceparent: Buffer.from('00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01') },
}
const failure = {
  record,
  class: 'undecodable' as const,
  problem: { type: 'urn:conversation-insights:problem:undecodable', title: 'Not readable', detail: 'three bytes' },
  attempts: 0,
  retryable: false,
  failedAt: 1_767_323_046_000,
}
const type = avsc.Type.forSchema(topics.analysisFailed.avro as Parameters<typeof avsc.Type.forSchema>[0])

test('the failure is a valid event that holds the original byte for byte', () => {
  const failed = toAnalysisFailed(failure)
  expect(AnalysisFailed.parse(failed)).toEqual(failed)
  expect(failed.original).toEqual({ key: record.key, value: record.value, headers: record.headers })
  expect(failed.origin).toEqual({
    topic: 'conversations.received',
    partition: 3,
    offset: 42,
    appended_at: 1_767_323_045_123,
  })
  expect(failed.conversation_id).toBeNull()
  expect(toAnalysisFailed({ ...failure, conversationId: 'c1' }).conversation_id).toBe('c1')
})

test('the same failure met again after a replay is the same event', () => {
  expect(toAnalysisFailed(failure)).toEqual(toAnalysisFailed({ ...failure, record: { ...record } }))
})

test('null stays null and empty stays empty', () => {
  const failed = toAnalysisFailed({ ...failure, record: { ...record, key: null, value: Buffer.alloc(0) } })
  const back = AnalysisFailed.parse(type.fromBuffer(type.toBuffer(failed)))
  expect(back.original.key).toBeNull()
  expect(back.original.value).toEqual(Buffer.alloc(0))
})

test.each([
  ['all in the value', 0, 0],
  ['a third in the key, a third in headers', 700_000, 700_000],
  ['all in the key', 2_097_000, 0],
])('the largest original the broker takes fits into the largest failure it takes: %s', (_, keyBytes, headerBytes) => {
  const room = Number(topics.conversationsReceived.config['max.message.bytes']) - BATCH_OVERHEAD
  const largest = {
    ...record,
    key: Buffer.alloc(keyBytes, 'k'),
    headers: { h: Buffer.alloc(headerBytes) },
    value: Buffer.alloc(room - keyBytes - headerBytes - 1),
  }
  const detail = '�'.repeat(100_000)
  const failed = toAnalysisFailed({ ...failure, record: largest, problem: { type: detail, title: detail, detail } })
  const key = Buffer.from(analysisFailedKey(failed))
  const headers = { traceparent: 80, 'content-type': 60 }
  const size =
    BATCH_OVERHEAD +
    CONFLUENT_HEADER +
    type.toBuffer(failed).length +
    key.length +
    headers.traceparent +
    headers['content-type']
  expect(size).toBeLessThan(Number(topics.analysisFailed.config['max.message.bytes']))
})

test('the key is the conversation, else the original key, else, with none or a huge one, the failure', () => {
  const keyOf = (key: Buffer | null, conversationId: string | null) =>
    analysisFailedKey(toAnalysisFailed({ ...failure, conversationId, record: { ...record, key } }))
  expect(keyOf(Buffer.from('k'), 'c1')).toBe('c1')
  expect(keyOf(Buffer.from('k'), null)).toEqual(Buffer.from('k'))
  const { failure_id } = toAnalysisFailed(failure)
  expect(keyOf(null, null)).toBe(failure_id)
  expect(keyOf(Buffer.alloc(0), null)).toBe(failure_id)
  expect(keyOf(Buffer.alloc(100_000), null)).toBe(failure_id)
})

test('a problem text that is cut stays well-formed', () => {
  const failed = toAnalysisFailed({ ...failure, problem: { ...failure.problem, detail: '😡'.repeat(5_000) } })
  expect(failed.problem.detail).toHaveLength(4_000)
  expect(failed.problem.detail.isWellFormed()).toBe(true)
})
