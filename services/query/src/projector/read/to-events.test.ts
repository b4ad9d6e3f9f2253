import type { ConsumedRecord } from '@insights/runtime/kafka/records'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sampleInsight } from '../../sample-insight.fixture.ts'
import { toRecords } from '../merge/history.fixture.ts'
import { erasedThroughOf } from '@insights/schemas/events/erased-through'
import type { Reading } from './reading.ts'
import { toEvents } from './to-events.ts'

const options = { facetKeys: ['channel', 'vip', 'n'], receivedTopic: 'conversations.received' }
const record = (changes: Partial<ConsumedRecord> = {}): ConsumedRecord => ({
  topic: 'insights.produced',
  partition: 3,
  offset: 100,
  appendedAt: 1_772_359_206_000,
  key: Buffer.from('conv_1'),
  value: Buffer.from('…'),
  headers: [],
  ...changes,
})
const insight = (changes: Parameters<typeof sampleInsight>[0] = {}, place: Partial<ConsumedRecord> = {}): Reading => {
  const value = sampleInsight(changes)
  const key = Buffer.from(value.conversation_id)
  return { topic: 'insightsProduced', record: record({ key, ...place }), decoded: { kind: 'ok', value } }
}
const tombstone = (key: string, place: Partial<ConsumedRecord> = {}): Reading => ({
  topic: 'insightsProduced',
  record: record({ key: Buffer.from(key), value: null, ...place }),
  decoded: { kind: 'tombstone' },
})
const unreadable = {
  kind: 'unreadable',
  class: 'undecodable',
  title: 't',
  detail: 'd',
  retryable: true,
  conversationId: null,
} as const
const origin = (appended_at: number, offset: number) => ({
  topic: 'conversations.received',
  partition: 3,
  offset,
  appended_at,
})

describe('of insights.produced', () => {
  test('a record that cannot be read is refused with the reason of the codec, the good ones beside it are not', () => {
    const bad: Reading = { topic: 'insightsProduced', record: record({ offset: 2 }), decoded: unreadable }
    const told = toEvents([insight({ conversation_id: 'a' }), bad, insight({ conversation_id: 'b' })], null, options)
    expect([...told.events.keys()]).toEqual(['a', 'b'])
    const { kind: _, ...reason } = unreadable
    expect(told.refusals).toEqual([{ record: bad.record, ...reason }])
  })

  test('an insight may be older than its submission by the clocks of two brokers', () => {
    const told = toEvents([insight({ origin: origin(70_000, 1) }, { appendedAt: 10_000 })], null, options)
    expect({ ids: [...told.events.keys()], refusals: told.refusals }).toEqual({ ids: ['conv_1'], refusals: [] })
  })

  test.each([
    ['under the key of another conversation', insight({}, { key: Buffer.from('conv_2') })],
    ['under a key that is not UTF-8', insight({ conversation_id: 'a\uFFFD' }, { key: Buffer.from([0x61, 0xff]) })],
    ['without a key', insight({}, { key: null })],
    ['from the future', insight({ origin: origin(Date.parse('9999-12-31T23:59:59Z'), 1) })],
    ['with a cluster that no index entry can hold', insight({ clusters: ['é'.repeat(600)] })],
    ['that erases an id that is not UTF-8', tombstone('', { key: Buffer.from([0x61, 0xff]) })],
    ['that erases an unnamed conversation', tombstone('')],
    ['that erases an id no conversation can have', tombstone('a\0')],
    ['that erases an id that is too long', tombstone('a'.repeat(201))],
  ])('a record %s is unprojectable', (_, reading) => {
    expect(toEvents([reading], null, options)).toMatchObject({
      events: new Map(),
      refusals: [{ class: 'unprojectable', retryable: false, record: reading.record }],
    })
  })

  test('(I7) the last record of a key is known, also one that cannot be stored', () => {
    const bad: Reading = { topic: 'insightsProduced', record: record({ offset: 7 }), decoded: unreadable }
    const place = { partition: 3, offset: 7, appendedAt: 1_772_359_206_000 }
    expect(toEvents([insight({}, { offset: 6 }), bad], null, options).last).toEqual(
      new Map([['conv_1', { place, event: null }]]),
    )
    expect(toEvents([], bad, options).last).toEqual(new Map([['conv_1', { place, event: null }]]))
  })

  test('(I7) a tombstone that is published again erases what the first one did, and one that claims more no more than that', () => {
    const header = (value: string) => [{ name: 'insights-erased-through', value: Buffer.from(value) }]
    expect(erasedThroughOf({ appendedAt: 50, headers: header('20') })).toBe(20)
    for (const value of ['99', '1e9', '-1', 'x', '', '9'.repeat(400)])
      expect(erasedThroughOf({ appendedAt: 50, headers: header(value) })).toBe(50)
  })

  test('an insight whose submission was published again is not the first', () => {
    const headers = [{ name: 'insights-first-origin', value: Buffer.from('{}') }]
    const told = toEvents([insight({}, { headers }), insight({ conversation_id: 'b' })], null, options)
    expect([...told.events].map(([id, [event]]) => [id, event?.kind === 'produced' && event.isFirst])).toEqual([
      ['conv_1', false],
      ['b', true],
    ])
  })
})

describe('of conversations.received', () => {
  const [received] = toRecords([{ id: 1, kind: 'received', which: 0, draw: 1 }])
  if (received?.topic !== 'conversationsReceived' || received.decoded.kind !== 'ok') throw new Error('one was received')
  const { value } = received.decoded
  const facetsOf = (metadata: string) => {
    const reading: Reading = { ...received, decoded: { kind: 'ok', value: { ...value, metadata } } }
    const [event] = toEvents([reading], null, options).events.get('conv_1') ?? []
    return event?.kind === 'received' ? event.received.facets : null
  }

  test('what the analyzer refuses it tells of, with the same id: here it is passed over', () => {
    const others: Reading[] = [
      { ...received, decoded: unreadable },
      { ...received, record: { ...received.record, key: Buffer.from('other') } },
      { ...received, record: { ...received.record, headers: [{ name: 'insights-first-origin', value: null }] } },
      { ...received, decoded: { kind: 'tombstone' } },
    ]
    expect(toEvents(others, null, options)).toMatchObject({ events: new Map(), refusals: [] })
  })

  test('facets are short texts, numbers and booleans of the metadata under the configured keys', () => {
    expect(facetsOf('{"channel":"mail","vip":true,"n":1.50,"other":"x"}')).toEqual([
      'source=crm',
      'metadata.channel=mail',
      'metadata.vip=true',
      'metadata.n=1.5',
    ])
    for (const metadata of [
      '{"channel":null,"vip":{"a":1},"n":[1]}',
      `{"channel":"${'x'.repeat(101)}"}`,
      '{"__proto__":{"channel":"mail"}}',
      `{"channel":"mail","long":"${'x'.repeat(70_000)}"}`,
    ])
      expect(facetsOf(metadata)).toEqual(['source=crm'])
  })

  test('(I7) of an origin the topic is as Postgres stores it, so that a later batch finds the same submission', () => {
    const origin = JSON.stringify({ topic: 'a\0b\ud800', partition: 0, offset: 1, appended_at: 1 })
    const headers = [{ name: 'insights-first-origin', value: Buffer.from(origin) }]
    const reading: Reading = { ...received, record: { ...received.record, headers } }
    const [event] = toEvents([reading], null, options).events.get('conv_1') ?? []
    expect(event?.kind === 'received' && event.origin.topic).toBe('a\uFFFDb\uFFFD')
  })

  test('any metadata is read without an exception', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
        expect(facetsOf(JSON.stringify(object))).toContain('source=crm')
      }),
    )
  })
})

test('(I7) an id in capitals is the same failure', () => {
  const [, failed] = toRecords([
    { id: 1, kind: 'received', which: 0, draw: 1 },
    { id: 1, kind: 'failed', which: 0, draw: 1 },
  ])
  if (failed?.topic !== 'analysisFailed' || failed.decoded.kind !== 'ok') throw new Error('one failed')
  const { value } = failed.decoded
  const ids = [value.failure_id.toUpperCase(), value.failure_id.toLowerCase()].map((failure_id) => {
    const { events } = toEvents(
      [{ ...failed, decoded: { kind: 'ok', value: { ...value, failure_id } } }],
      null,
      options,
    )
    return [...events.values()].flat().map((event) => event.kind === 'failed' && event.id)
  })
  expect(ids[0]).toEqual([value.failure_id.toLowerCase()])
  expect(ids[0]).toEqual(ids[1])
})

test('a failure without a conversation is still told; a key that is an id tells which one', () => {
  const [, failed] = toRecords([
    { id: 1, kind: 'received', which: 0, draw: 1 },
    { id: 1, kind: 'failed', which: 0, draw: 1 },
  ])
  if (failed?.topic !== 'analysisFailed' || failed.decoded.kind !== 'ok') throw new Error('one failed')
  const { value } = failed.decoded
  const tell = (key: Buffer | null) => {
    const original = { ...value.original, key }
    const decoded = { kind: 'ok' as const, value: { ...value, conversation_id: null, original } }
    const { events, unassigned } = toEvents([{ ...failed, decoded }], null, options)
    return { ids: [...events.keys()], unassigned: unassigned.length }
  }
  expect(tell(Buffer.from('conv_9'))).toEqual({ ids: ['conv_9'], unassigned: 0 })
  for (const key of [null, Buffer.alloc(0), Buffer.from([0xff]), Buffer.from('a\nb')])
    expect(tell(key)).toEqual({ ids: [], unassigned: 1 })
})
