import avsc from 'avsc'
import { expect, test } from 'vitest'
import { AnalysisFailed } from './analysis-failed.ts'
import { analysisFailedKey, toAnalysisFailed } from './to-analysis-failed.ts'
import { topics } from '../topics.ts'

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
  headers: [
    { name: 'traceparent', value: Buffer.from('00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01') },
    { name: '__proto__', value: null },
    { name: 'traceparent', value: Buffer.alloc(0) },
  ],
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
  expect(AnalysisFailed.parse(type.fromBuffer(type.toBuffer(failed)))).toEqual(failed)
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

const LARGEST = Number(topics.conversationsReceived.config['max.message.bytes']) - BATCH_OVERHEAD
const headers = (count: number, name: string, bytes: number) =>
  Array.from({ length: count }, () => ({ name, value: Buffer.alloc(bytes) }))

test.each([
  { what: 'all in the value', key: 0, headers: [] },
  { what: 'a third in the key, a third in one header', key: 700_000, headers: headers(1, 'h', 700_000) },
  { what: 'all in the key', key: 2_097_000, headers: [] },
  { what: 'all in one header', key: 0, headers: headers(1, 'h', 2_097_000) },
  { what: 'all in as many headers as a record may have', key: 0, headers: headers(4_096, 'h', 500) },
  { what: 'half in the names of headers', key: 0, headers: headers(1, 'n'.repeat(1_000_000), 0) },
])('the largest original the broker takes fits with all it has into a failure: $what', (of) => {
  const headerBytes = of.headers.reduce((sum, { name, value }) => sum + name.length + value.length + 10, 0)
  const value = Buffer.alloc(Math.max(0, LARGEST - of.key - headerBytes))
  const largest = { ...record, key: Buffer.alloc(of.key, 'k'), headers: of.headers, value }
  const detail = '\uFFFD'.repeat(100_000)
  const failed = toAnalysisFailed({ ...failure, record: largest, problem: { type: detail, title: detail, detail } })
  expect(failed.original.headers).toHaveLength(of.headers.length)
  expect(failed.problem.detail).not.toContain('kept here')
  expect(sizeOf(failed)).toBeLessThan(Number(topics.analysisFailed.config['max.message.bytes']))
})

test.each([
  { what: 'more of them than a record may have', count: 4_097, name: '', kept: 4_096 },
  // Each byte of a name that is not UTF-8 has become three.
  { what: 'names that have grown', count: 20, name: '\uFFFD'.repeat(100_000), kept: 13 },
])(
  'headers that do not fit are left out, the first ones stay, and the failure says so: $what',
  ({ count, name, kept }) => {
    const failed = toAnalysisFailed({ ...failure, record: { ...record, headers: headers(count, name, 0) } })
    expect(failed.original.headers).toHaveLength(kept)
    expect(failed.problem.detail).toBe(`three bytes (of its headers, the first ${kept} are kept here)`)
    expect(sizeOf(failed)).toBeLessThan(Number(topics.analysisFailed.config['max.message.bytes']))
  },
)

/** Of the failure as a record, with the headers and the key of its own. */
function sizeOf(failed: AnalysisFailed): number {
  const passedOn = 33 * 1024
  const key = Buffer.byteLength(analysisFailedKey(failed))
  return BATCH_OVERHEAD + CONFLUENT_HEADER + type.toBuffer(failed).length + key + passedOn
}

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
