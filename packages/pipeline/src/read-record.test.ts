import type { ConsumedRecord } from '@insights/runtime/kafka/records'
import { toAnalysisFailed } from '@insights/schemas/events/to-analysis-failed'
import { expect, test } from 'vitest'
import { readRecord } from './read-record.ts'

const MIB = 1024 * 1024
const record = (more: Partial<ConsumedRecord> = {}): ConsumedRecord => ({
  topic: 'conversations.received',
  partition: 0,
  offset: 1,
  appendedAt: 2,
  key: Buffer.from('c'),
  value: Buffer.from('v'),
  headers: [],
  ...more,
})
const decoded: (Buffer | null)[] = []
const codec = {
  decode: (_topic: unknown, value: Buffer | null) => {
    decoded.push(value)
    return Promise.resolve({ kind: 'registry_away', detail: 'asked' } as const)
  },
}
const read = (one: ConsumedRecord) => readRecord('conversationsReceived', one, codec)

test('a batch that cannot be decompressed is undecodable, with the reason', async () => {
  const fault = 'a batch of 3 records, offsets 5 to 7, zstd, 20 bytes: more than 4194304 bytes decompressed'
  expect(await read(record({ key: null, value: null, fault }))).toMatchObject({ class: 'undecodable', detail: fault })
  expect(decoded).toEqual([])
})

test('(I8) a record that is larger than its topic takes, because it came compressed, is not decoded', async () => {
  const most = Buffer.alloc(2 * MIB - 1)
  expect(await read(record({ value: most }))).toEqual({ kind: 'registry_away', detail: 'asked' })
  expect(await read(record({ value: Buffer.alloc(2 * MIB) }))).toMatchObject({
    class: 'too_large',
    detail: '2097153 bytes of key and value, at most 2097152 are taken, whatever they are compressed to',
  })
  expect(decoded.splice(0)).toEqual([most])
})

test('(I8) what is larger than any failure is a failure without its bytes, which says so; else they are in it', () => {
  const failureOf = (one: ConsumedRecord) =>
    toAnalysisFailed({
      record: one,
      class: 'too_large',
      problem: { type: 'urn:test', title: 'Test', detail: 'Too large.' },
      attempts: 0,
      retryable: false,
      failedAt: 3,
    })
  const kept = failureOf(record({ value: Buffer.alloc(3 * MIB) }))
  expect([kept.original.value?.length, kept.problem.detail]).toEqual([3 * MIB, 'Too large.'])
  const value = Buffer.alloc(20 * MIB)
  expect(failureOf(record({ value }))).toMatchObject({
    problem: { detail: 'Too large. (its 20971521 bytes are too many to be kept here)' },
    original: { key: Buffer.from('c'), value: null },
  })
  expect(failureOf(record({ value, key: value })).original).toMatchObject({ key: null, value: null })
})
