import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createPublishQueue } from './publish-queue.ts'
import type { OutgoingRecord } from './records.ts'

const limits = { lingerMs: 0, maxBatchRecords: 10, maxBatchBytes: 10_000, maxQueuedRecords: 50, maxQueuedBytes: 20_000 }
const record = (bytes = 1): OutgoingRecord => ({ topic: 't', key: null, value: Buffer.alloc(bytes), headers: [] })
const records = (count: number, bytes?: number) => Array.from({ length: count }, () => record(bytes))

test('(I8) a stalled broker cannot fill the heap: beyond the bound an entry is refused, not queued', async () => {
  const queue = createPublishQueue(limits)
  const first = Array.from({ length: 50 }, () => queue.add([record()]))
  expect(await queue.add([record()])).toMatchObject({ ok: false, reason: 'queue_full' })
  expect(queue.size().records).toBe(50)
  queue.settleAll({ ok: true })
  expect(await Promise.all(first)).toEqual(Array.from({ length: 50 }, () => ({ ok: true })))
  expect(queue.size()).toEqual({ records: 0, bytes: 0 })
})

test('(I8) what is in flight still counts against the bound', async () => {
  const queue = createPublishQueue(limits)
  void queue.add(records(50))
  await queue.take()
  expect(await queue.add([record()])).toMatchObject({ ok: false, reason: 'queue_full' })
})

test('an entry larger than the whole queue still goes when nothing else waits', async () => {
  const queue = createPublishQueue(limits)
  const added = queue.add([record(30_000)])
  const batch = await queue.take()
  batch?.[0]?.settle({ ok: true })
  expect(await added).toEqual({ ok: true })
})

test('(I1) an entry that timed out is not handed out any more, and the next ones are', async () => {
  const queue = createPublishQueue(limits)
  expect(await queue.add([record()], 1)).toMatchObject({ ok: false, reason: 'timeout' })
  const late = queue.add(records(2))
  const batch = await queue.take()
  expect(batch?.map((entry) => entry.records.length)).toEqual([2])
  batch?.[0]?.settle({ ok: true })
  expect(await late).toEqual({ ok: true })
})

test('after close nothing is taken in, what is queued is handed out, then the end is told', async () => {
  const queue = createPublishQueue({ ...limits, lingerMs: 60_000 })
  void queue.add([record()])
  queue.close()
  expect(await queue.add([record()])).toMatchObject({ ok: false, reason: 'stopped' })
  const batch = await queue.take()
  expect(batch).toHaveLength(1)
  batch?.[0]?.settle({ ok: true })
  expect(await queue.take()).toBeNull()
})

test('entries come out once each, in order, in batches within the limits', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ count: fc.integer({ min: 1, max: 4 }), bytes: fc.integer({ min: 0, max: 300 }) }), {
        maxLength: 12,
      }),
      async (entries) => {
        const queue = createPublishQueue({
          ...limits,
          maxBatchBytes: 900,
          maxQueuedRecords: 1_000,
          maxQueuedBytes: 1e9,
        })
        const given = entries.map(({ count, bytes }) => records(count, bytes))
        for (const entry of given) void queue.add(entry)
        queue.close()
        const out: OutgoingRecord[][] = []
        for (let batch = await queue.take(); batch !== null; batch = await queue.take()) {
          const total = batch.reduce((sum, entry) => sum + entry.records.length, 0)
          const bytes = batch.reduce((sum, entry) => sum + entry.bytes, 0)
          expect(batch.length === 1 || (total <= limits.maxBatchRecords && bytes <= 900)).toBe(true)
          out.push(...batch.map((entry) => entry.records))
          for (const entry of batch) entry.settle({ ok: true })
        }
        expect(out).toEqual(given)
        expect(queue.size()).toEqual({ records: 0, bytes: 0 })
      },
    ),
    { numRuns: 50 },
  )
})
