import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Reading } from '../read/reading.ts'
import { toEvents, type ReadOptions } from '../read/to-events.ts'
import { chooseAgain } from './choose-again.ts'
import { conclude } from './conclude.ts'
import { expireState } from './expire-state.ts'
import { anyHappenings, compact, EPOCH, toRecords } from './history.fixture.ts'
import { mergeEvent } from './merge-event.ts'
import { NOTHING, type State } from './state.ts'

const options = { facetKeys: ['channel'], receivedTopic: 'conversations.received' }

/** What is held after the records, read in this order, one by one. */
function hold(readings: readonly Reading[], read: ReadOptions = options): Map<string, State> {
  const states = new Map<string, State>()
  for (const reading of readings)
    for (const [id, events] of toEvents([reading], null, read).events)
      states.set(id, events.reduce(mergeEvent, states.get(id) ?? NOTHING))
  return states
}

/** As it is compared: failures in an order of their own, and nothing of conversations that are not held. */
const toComparable = (states: Map<string, State>) =>
  [...states]
    .filter(
      ([, { submission, insight, erasure, failures }]) => submission ?? insight ?? erasure ?? (failures.size || null),
    )
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, state]) => ({
      id,
      state: { ...state, failures: null },
      failures: [...state.failures].toSorted(([a], [b]) => (a < b ? -1 : 1)),
      conclusion: state.submission === null ? null : conclude({ ...state, submission: state.submission }),
    }))

/** Any order of the records, with some of them twice. */
const anyOrder = (readings: Reading[]) =>
  fc
    .array(fc.nat({ max: Math.max(0, readings.length - 1) }), { maxLength: 8 })
    .chain((repeated) =>
      fc.shuffledSubarray([...readings.keys(), ...repeated.map((place) => readings.length + place)], {
        minLength: readings.length + repeated.length,
      }),
    )
    .map((places) => places.flatMap((place) => readings[place % Math.max(1, readings.length)] ?? []))

test('(I7) any order and repetition of the records of all topics ends in the same state', () => {
  fc.assert(
    fc.property(
      anyHappenings.map(toRecords).chain((readings) => fc.tuple(fc.constant(readings), anyOrder(readings))),
      ([readings, shuffled]) => {
        expect(toComparable(hold(shuffled))).toEqual(toComparable(hold(readings)))
      },
    ),
    { numRuns: 1_000 },
  )
})

/** Appends what a projector publishes again after each record, until it publishes nothing more. */
function settle(readings: readonly Reading[]): Reading[] {
  const log = [...readings]
  const states = new Map<string, State>()
  const next = () => log.filter(({ topic }) => topic === 'insightsProduced').length
  for (let place = 0; place < log.length; place++) {
    const reading = log[place]
    if (reading === undefined) break
    const told = toEvents([reading], null, options)
    for (const [id, events] of told.events) states.set(id, events.reduce(mergeEvent, states.get(id) ?? NOTHING))
    for (const [of, last] of told.last) {
      const again = chooseAgain({ of, state: states.get(of) ?? NOTHING, home: 0, oldest: null, last })
      if (again === null) continue
      const { record } = reading
      const appended = { ...record, offset: next(), appendedAt: record.appendedAt + 1_000, headers: [] }
      if (again.kind === 'erasure') {
        const value = Buffer.from(String(again.erasure.erasedThrough))
        const headers = [{ name: 'insights-erased-through', value }]
        log.push({ topic: 'insightsProduced', record: { ...appended, headers }, decoded: { kind: 'tombstone' } })
      } else if (again.insight.event !== null) {
        const decoded = { kind: 'ok' as const, value: again.insight.event }
        log.push({ topic: 'insightsProduced', record: appended, decoded })
      }
      expect(log.length).toBeLessThan(10 * readings.length + 10)
    }
  }
  return log
}

test('(I7) what compaction leaves says what the tables hold: an older answer that came last, one behind its erasure', () => {
  fc.assert(
    fc.property(anyHappenings.map(toRecords), (readings) => {
      const log = settle(readings)
      expect(toComparable(hold(compact(log)))).toEqual(toComparable(hold(log)))
    }),
    { numRuns: 1_000 },
  )
})

test('(I7) what is too old may be left out at once or go later: the state is the same', () => {
  fc.assert(
    fc.property(
      anyHappenings.map(toRecords).chain((readings) => fc.tuple(fc.constant(readings), anyOrder(readings))),
      fc.integer({ min: EPOCH, max: EPOCH + 10 }),
      ([readings, shuffled], oldest) => {
        const expired = new Map([...hold(readings)].map(([id, state]) => [id, expireState(state, oldest)]))
        expect(toComparable(hold(shuffled, { ...options, oldest }))).toEqual(toComparable(expired))
      },
    ),
    { numRuns: 1_000 },
  )
})

test('a tombstone in another partition than the insight is published once more, for there the insight would stay', () => {
  const tombstone = (partition: number, headers: Reading['record']['headers'] = []): Reading => {
    const place = { partition, offset: 5, appendedAt: 100 }
    const record = { topic: 'insights.produced', key: Buffer.from('conv_0'), value: null, headers, ...place }
    return { topic: 'insightsProduced', record, decoded: { kind: 'tombstone' } }
  }
  const again = (reading: Reading) => {
    const { last } = toEvents([reading], null, options)
    const state = hold([reading]).get('conv_0') ?? NOTHING
    const [told] = last.values()
    return told === undefined ? null : chooseAgain({ of: 'conv_0', state, home: 0, oldest: null, last: told })
  }
  expect(again(tombstone(7))).toMatchObject({ kind: 'erasure', erasure: { erasedThrough: 100 } })
  expect(again(tombstone(0))).toBeNull()
  expect(again(tombstone(7, [{ name: 'insights-erased-through', value: Buffer.from('90') }]))).toBeNull()
})
