import type { RecordHeader } from '@insights/runtime/kafka/records'
import { writeHeaders } from '@insights/runtime/kafka/wire-headers'
import { FIRST_ORIGIN, firstOriginHeader, firstOriginOf } from '@insights/schemas/events/first-origin'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareOrigins } from '@insights/schemas/events/compare-origins'
import { originAt } from '../publish-again/hold-topics.fixture.ts'
import { DAY, everything, setUpRedrive } from './set-up-redrive.fixture.ts'

const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array))
const anyName = fc.oneof(
  fc.constantFrom(...Object.getOwnPropertyNames(Object.prototype), 'traceparent', 'lane', FIRST_ORIGIN),
  fc.string({ unit: 'binary' }),
)
const anyHeaders = fc.array(fc.record({ name: anyName, value: fc.option(bytes) }), { maxLength: 30 })

test('(I2) whatever the headers are, a record that failed is published again with the same bytes, and its first origin behind them', async () => {
  await fc.assert(
    fc.asyncProperty(anyHeaders, bytes, async (headers, value) => {
      const { fail, redrive } = setUpRedrive()
      const { origin } = fail({ value, headers })
      const { published } = await redrive()
      expect(published).toMatchObject([{ topic: origin.topic, key: Buffer.from('a'), value }])
      const kept = headers.filter(({ name }) => name !== FIRST_ORIGIN)
      expect(writeHeaders(published[0]?.headers ?? [])).toEqual(writeHeaders([...kept, firstOriginHeader(origin)]))
    }),
  )
})

test('(I7) what was published again before keeps the origin that it had at first, and its age', async () => {
  const { fail, redrive } = setUpRedrive()
  const headers = [{ name: 'x', value: null }, firstOriginHeader(originAt(5, 7))]
  fail({ id: 'again', origin: originAt(50, 70), headers })
  fail({ id: 'once', origin: originAt(20, 30) })
  const { published } = await redrive()
  expect(published.map(({ key }) => String(key))).toEqual(['again', 'once'])
  expect(published[0]?.headers).toEqual(headers)
})

test('(I7) originals are published oldest first, each failure is counted once, and of a conversation only the newest goes', async () => {
  const failures = fc.array(
    fc.record({
      id: fc.constantFrom('a', 'b', 'c', 'd', 'e', null),
      origin: fc.record({ at: fc.nat({ max: 5 }), offset: fc.nat({ max: 5 }) }),
      class: fc.constantFrom('expired' as const, 'undecodable' as const, 'refused' as const),
      value: fc.constantFrom(Buffer.from('one'), Buffer.from('two'), null),
    }),
    { maxLength: 20 },
  )
  await fc.assert(
    fc.asyncProperty(failures, async (failed) => {
      const { fail, redrive } = setUpRedrive()
      const made = failed.map(({ origin: { at, offset }, ...one }) => fail({ ...one, origin: originAt(at, offset) }))
      const { published, selected, left } = await redrive()
      const origins = published.map(({ headers }) => {
        const first = firstOriginOf({ ...originAt(DAY), appendedAt: DAY, headers: headers as RecordHeader[] })
        return first.kind === 'ok' ? first.origin : originAt(-1)
      })
      expect(origins).toEqual(origins.toSorted(compareOrigins))
      expect(selected).toBe(failed.length)
      expect(published.length + Object.values(left).reduce((sum, n) => sum + n, 0)).toBe(selected)
      for (const id of ['a', 'b', 'c', 'd', 'e']) {
        const submissions = made.filter((one) => one.conversation_id === id && one.class !== 'undecodable')
        const newest = submissions
          .map(({ origin }) => origin)
          .toSorted(compareOrigins)
          .at(-1)
        const sent = origins.filter((_, i) => String(published[i]?.key) === id)
        if (newest === undefined) continue
        expect(sent.every((origin) => compareOrigins(origin, newest) >= 0)).toBe(true)
        const isKept = submissions.some(({ origin, original }) => origin === newest && original.value !== null)
        expect(sent.some((origin) => compareOrigins(origin, newest) === 0) || !isKept).toBe(true)
      }
    }),
  )
})

test.each([
  ['another topic', { origin: { ...originAt(1), topic: 'analyzer.signals' } }, 'to which nothing is published again'],
  [
    "another pipeline's topic",
    { origin: { ...originAt(1), topic: 'other.conversations.received' } },
    'to which nothing is published again',
  ],
  ['an erasure', { origin: { ...originAt(1), topic: 'insights.produced' }, value: null }, 'its original has no value'],
  ['no value', { value: null }, 'its original has no value'],
  ['an age that is still to come', { origin: originAt(2 * DAY) }, 'claims to be later than the failure'],
  [
    'an insight, though no projector refused it',
    { origin: { ...originAt(1), topic: 'insights.produced' } },
    'does not come from',
  ],
  [
    'a topic with a sequence for terminals',
    { origin: { ...originAt(1), topic: '\x1b[2J\u202Egone' } },
    'the topic \\u{1b}[2J\\u{202e}gone, to which',
  ],
  ['bytes that no topic takes', { value: Buffer.from('too large') }, 'larger than its topic takes'],
] as const)('a failure that was forged is not obeyed, those behind it are published: %s', async (_, forged, said) => {
  const { fail, redrive } = setUpRedrive()
  fail({ id: 'forged', ...forged })
  fail({ id: 'good', origin: originAt(9) })
  const { published, lines, left } = await redrive()
  expect(published.map(({ key }) => String(key))).toEqual(['good'])
  expect(lines).toEqual([expect.stringContaining(said)])
  expect(left).toEqual({ 'its original cannot be published': 1 })
})

test('what the projector refused is published again once: a copy of it that was not refused is there already', async () => {
  const { fail, redrive, append } = setUpRedrive()
  const origin = { ...originAt(1, 3), topic: 'insights.produced' }
  fail({ origin, class: 'unprojectable', value: Buffer.from('bytes') })
  append('insightsProduced', { key: 'a', appendedAt: 1, offset: 3 }, 'unreadable')
  expect((await redrive()).published).toHaveLength(1)
  append('insightsProduced', { key: 'a', appendedAt: 2, offset: 4 }, 'unreadable')
  expect(await redrive()).toMatchObject({
    published: [],
    left: { 'it was published again, and has not failed since': 1 },
  })
  fail({ origin: { ...origin, offset: 4 }, class: 'unprojectable', value: Buffer.from('bytes') })
  expect((await redrive()).published).toHaveLength(1)
})

test('what the projector refused is published again as it was, and no fact of a conversation counts for it', async () => {
  const { fail, redrive, append } = setUpRedrive()
  append('insightsProduced', { key: 'a', appendedAt: 5 }, null)
  fail({ origin: { ...originAt(1), topic: 'insights.produced' }, class: 'unprojectable' })
  const { published } = await redrive()
  expect(published).toMatchObject([{ topic: 'insights.produced', headers: [] }])
})

test('failures are selected by conversation and by their own ids, and those that do not exist are named', async () => {
  const { fail, redrive } = setUpRedrive()
  fail({ id: 'a' })
  const { failure_id } = fail({ id: 'b', origin: originAt(2) })
  fail({ id: 'c', origin: originAt(3) })
  fail({ id: null, origin: originAt(4), class: 'undecodable' })
  const selection = {
    ...everything,
    conversations: new Set(['a', 'k', 'gone']),
    failures: new Set([failure_id, 'none']),
  }
  const { published, unmatched } = await redrive({ selection })
  expect(published.map(({ key }) => String(key))).toEqual(['a', 'b', 'k'])
  expect(unmatched).toEqual(['gone', 'none'])
})

test('(I8) more than a run takes is refused before anything is published', async () => {
  const { fail, redrive } = setUpRedrive()
  for (const id of ['a', 'b', 'c']) fail({ id })
  await expect(redrive({ most: 2 })).rejects.toThrow(
    'more than 2 originals are selected: take a part of them with since',
  )
})

test('a broker that does not acknowledge ends it with a sentence', async () => {
  const { fail, redrive } = setUpRedrive()
  fail({})
  const publish = async () => ({ ok: false, reason: 'timeout', detail: 'not acknowledged in 9 ms' }) as const
  await expect(redrive({ publish })).rejects.toThrow('not acknowledged in 9 ms; what was published stays')
})
