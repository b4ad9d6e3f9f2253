import type { OutgoingRecord } from '@insights/runtime/kafka/records'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cutChunks } from './candidate.ts'
import { originAt } from './hold-topics.fixture.ts'
import { publishInOrder } from './publish-in-order.ts'

const candidate = (offset: number, bytes = 1) => ({
  id: null,
  origin: originAt(offset),
  partition: 0,
  offset,
  bytes,
})
const record = (offset: number): OutgoingRecord => ({ topic: 't', key: String(offset), value: null, headers: [] })

test('(I8) the list is cut into parts of a few records and bytes, in its order, with nothing left out', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 40 })
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 20 }), (all, records, bytes) => {
      const candidates = all.map((size, i) => candidate(i, size))
      const chunks = [...cutChunks(candidates, { records, bytes })]
      expect(chunks.flat()).toEqual(candidates)
      for (const chunk of chunks) {
        expect(chunk.length).toBeLessThanOrEqual(records)
        const size = chunk.reduce((sum, one) => sum + one.bytes, 0)
        expect(chunk.length === 1 || size <= bytes).toBe(true)
      }
    }),
  )
})

test.each([0.5, 3, 50, 777, 20_000])('at %d records a second no second has more, also after a stall', async (rate) => {
  const candidates = Array.from({ length: Math.ceil(rate * 3) }, (_, i) => candidate(i))
  const sent: { at: number; key: string }[] = []
  let now = 0
  let stalls = 1
  await publishInOrder({
    candidates,
    fetchAgain: async (chunk) => new Map(chunk.map((one) => [one, record(one.offset)])),
    publish: async ({ key }) => {
      sent.push({ at: now, key: String(key) })
      if (sent.length > rate && stalls-- > 0) now += 10_000
      return { ok: true }
    },
    rate,
    clock: { now: () => now, pause: async (ms) => void (now += ms) },
    onPublished: () => {},
    onLeft: () => {},
  })
  expect(sent.map(({ key }) => key)).toEqual(candidates.map(({ offset }) => String(offset)))
  // Those of a tenth of a second go together.
  const most = Math.max(1, rate + Math.min(500, Math.ceil(rate / 10)))
  const spans = sent.slice(Math.ceil(most)).map(({ at }, i) => at - (sent[i]?.at ?? 0))
  expect(Math.min(...spans, Infinity)).toBeGreaterThanOrEqual(1_000 - 1e-6)
})

test('at a rate so low that no timer is as long, the next one waits all the same', async () => {
  const sent: number[] = []
  let now = 0
  await publishInOrder({
    candidates: [candidate(0), candidate(1)],
    fetchAgain: async (chunk) => new Map(chunk.map((one) => [one, record(one.offset)])),
    publish: async () => {
      sent.push(now)
      return { ok: true }
    },
    rate: 1e-7,
    // As setTimeout takes it.
    clock: { now: () => now, pause: async (ms) => void (now += ms < 2 ** 31 ? ms : 1) },
    onPublished: () => {},
    onLeft: () => {},
  })
  expect(sent[0]).toBe(0)
  expect(sent[1]).toBeCloseTo(1e10, -1)
})

test('what has gone from its topic meanwhile is left, and told', async () => {
  const left: [number, string][] = []
  const published: number[] = []
  await publishInOrder({
    candidates: [candidate(1), candidate(2)],
    fetchAgain: async ([, second]) => new Map(second === undefined ? [] : [[second, record(2)]]),
    publish: async () => ({ ok: true }),
    rate: 1_000,
    clock: { now: () => 0, pause: () => Promise.resolve() },
    onPublished: ({ offset }) => void published.push(offset),
    onLeft: ({ offset }, why) => void left.push([offset, why]),
  })
  expect(published).toEqual([2])
  expect(left).toEqual([[1, 'it is gone from its topic meanwhile']])
})
