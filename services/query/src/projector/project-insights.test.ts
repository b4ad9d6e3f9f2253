import type { ConsumedRecord } from '@insights/runtime/kafka/records'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sampleInsight } from '../sample-insight.fixture.ts'
import { projectInsights, type Reading } from './project-insights.ts'

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
  return { record: record({ key: Buffer.from(value.conversation_id), ...place }), decoded: { kind: 'ok', value } }
}
const tombstone = (key: string, place: Partial<ConsumedRecord> = {}): Reading => ({
  record: record({ key: Buffer.from(key), value: null, ...place }),
  decoded: { kind: 'tombstone' },
})
const origin = (appended_at: number, offset: number) => ({
  topic: 'conversations.received',
  partition: 3,
  offset,
  appended_at,
})

describe('projectInsights', () => {
  test('(I7) of several analyses of a conversation the newest submission remains, in whatever order they come', () => {
    const readings = [
      insight({ origin: origin(1000, 5) }, { offset: 1 }),
      insight({ origin: origin(2000, 3) }, { offset: 2 }),
      insight({ origin: origin(2000, 4) }, { offset: 3 }),
      insight({ origin: origin(1500, 9) }, { offset: 4 }),
    ]
    fc.assert(
      fc.property(fc.shuffledSubarray(readings, { minLength: 4 }), (shuffled) => {
        expect(projectInsights(shuffled).insights.map(({ recordOffset }) => recordOffset)).toEqual([3])
      }),
    )
  })

  test('(I7) of two answers to one submission the later record remains', () => {
    const [first, second] = [insight({ confidence: 0.1 }, { offset: 7 }), insight({ confidence: 0.2 }, { offset: 8 })]
    for (const order of [
      [first, second],
      [second, first],
    ]) {
      expect(projectInsights(order).insights.map((row) => row.insight.confidence)).toEqual([0.2])
    }
  })

  test('a statement never touches a row twice and takes rows in order, so that two cannot deadlock', () => {
    const id = fc.constantFrom('a', 'b', 'B', 'conv_1', 'é', '漢', '😀')
    const reading = fc.oneof(
      id.map((conversation_id) => insight({ conversation_id })),
      id.map((key) => tombstone(key)),
    )
    fc.assert(
      fc.property(fc.array(reading), (readings) => {
        const { insights, erasures } = projectInsights(readings)
        for (const ids of [
          insights.map((row) => row.insight.conversation_id),
          erasures.map((row) => row.conversationId),
        ]) {
          expect(ids).toEqual([...new Set(ids)].toSorted())
        }
      }),
    )
  })

  test('of several tombstones the newest counts', () => {
    const readings = [
      tombstone('a', { appendedAt: 20 }),
      tombstone('a', { appendedAt: 30 }),
      tombstone('a', { appendedAt: 10 }),
    ]
    expect(projectInsights(readings).erasures).toEqual([{ conversationId: 'a', erasedThrough: 30 }])
  })

  test('a record that cannot be read is refused with the reason of the codec, the good ones beside it are not', () => {
    const unreadable = { kind: 'unreadable', class: 'undecodable', title: 't', detail: 'd', retryable: true } as const
    const bad: Reading = { record: record({ offset: 2 }), decoded: { ...unreadable, conversationId: null } }
    const { insights, refusals } = projectInsights([
      insight({ conversation_id: 'a' }),
      bad,
      insight({ conversation_id: 'b' }),
    ])
    expect(insights).toHaveLength(2)
    expect(refusals).toEqual([
      { record: bad.record, class: 'undecodable', title: 't', detail: 'd', retryable: true, conversationId: null },
    ])
  })

  test('an insight may be older than its submission by the clocks of two brokers', () => {
    const readings = [insight({ origin: origin(70_000, 1) }, { appendedAt: 10_000 })]
    expect(projectInsights(readings)).toMatchObject({
      insights: [{ insight: { conversation_id: 'conv_1' } }],
      refusals: [],
    })
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
    expect(projectInsights([reading])).toEqual({
      insights: [],
      erasures: [],
      refusals: [expect.objectContaining({ class: 'unprojectable', retryable: false, record: reading.record })],
    })
  })
})
