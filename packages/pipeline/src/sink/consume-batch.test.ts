import { setImmediate as nextTurn } from 'node:timers/promises'
import type { RecordBatch } from '@insights/runtime/kafka/consume/consumer'
import { lastHeader, type OutgoingRecord } from '@insights/runtime/kafka/records'
import { createLogger } from '@insights/runtime/logger'
import type { AnalysisFailed } from '@insights/schemas/events/analysis-failed'
import { firstOriginHeader } from '@insights/schemas/events/first-origin'
import { describe, expect, test } from 'vitest'
import { consumeBatch, type Store } from './consume-batch.ts'
import type { Refusal } from './publish-failures.ts'
import { createRetries } from './retry-while-away.ts'

const log = createLogger({ service: 'test', level: 'silent' })
const DEAD_LETTER = ['__dlq.errors.group', '__dlq.errors.offset'] as const
const unreadable = {
  kind: 'unreadable',
  class: 'undecodable',
  title: 'Not readable',
  detail: 'garbage',
  retryable: false,
  conversationId: null,
} as const

interface Plan {
  refusals: Refusal[]
  offsets: number[]
}

/** A sink whose store, broker and registry are lists; records of the value `bad` cannot be read. */
function createSinkOfLists(store: Partial<Store<'insightsProduced', Plan, null>> = {}) {
  const entries: OutgoingRecord[][] = []
  const failures: AnalysisFailed[] = []
  const order: string[] = []
  const waiting = { now: 0, most: 0 }
  const lease = new AbortController()
  const retries = createRetries({ log, random: () => 0, monotonicNow: () => 0 })
  const handle = consumeBatch<'insightsProduced', Plan, null>({
    topics: ['insightsProduced'],
    store: {
      plan: (readings) => ({
        refusals: readings.flatMap(({ record, decoded }) =>
          decoded.kind === 'unreadable' ? [{ ...unreadable, record }] : [],
        ),
        offsets: readings.filter(({ decoded }) => decoded.kind === 'ok').map(({ record }) => record.offset),
      }),
      write: async ({ offsets }) => {
        order.push(`write ${offsets.join()}`)
        return null
      },
      awayReason: () => null,
      refuse: async () => null,
      publishes: () => [],
      observe:
        () =>
        ({ records, visibleAt }) =>
          order.push(`stored ${records} at ${visibleAt}`),
      ...store,
    },
    codec: {
      decode: async (_topic, value) =>
        String(value) === 'bad' ? unreadable : ({ kind: 'ok', value: { insight_id: 'i' } } as never),
      encode: (_topic, event) => {
        failures.push(event as AnalysisFailed)
        return Buffer.from('failure')
      },
      prefetch: () => undefined,
    },
    publisher: {
      publish: async (entry) => {
        entries.push(entry)
        order.push('publish')
        waiting.most = Math.max(waiting.most, ++waiting.now)
        await nextTurn()
        waiting.now--
        return { ok: true }
      },
    },
    commit: async (_lease, [position]) => {
      order.push(`commit ${position?.offset}`)
      return 'committed'
    },
    retries,
    log,
    prefix: '',
    groupId: 'projector',
    now: () => 2,
    randomBytes: (n) => Buffer.alloc(n, 1),
  })
  return { handle, lease, retries, entries, failures, order, waiting }
}

function batchOf(values: string[], lease = new AbortController()): RecordBatch {
  const records = values.map((value, offset) => ({
    topic: 'insights.produced',
    partition: 0,
    offset,
    appendedAt: 1,
    key: Buffer.from('same'),
    value: Buffer.from(value),
    headers: [],
  }))
  return {
    topic: 'insights.produced',
    partition: 0,
    records,
    fromOffset: 0,
    nextOffset: records.length,
    highWatermark: records.length,
    lease: { epoch: 1, signal: lease.signal },
    progress: () => {},
  }
}

describe('a batch', () => {
  test('(I2) thousands of unreadable records of one key are no batch that a topic refuses: each failure is an entry, few wait at once, then the commit', async () => {
    const { handle, entries, order, waiting } = createSinkOfLists()
    await handle(batchOf(Array.from({ length: 3_000 }, () => 'bad')))
    expect(entries).toHaveLength(3_000)
    expect(entries.every((entry) => entry.length === 1)).toBe(true)
    expect(waiting.most).toBeLessThanOrEqual(500)
    expect(order.slice(3_000)).toEqual(['write ', 'commit 3000', 'stored 3000 at 2'])
  })

  test('(I5) is committed after its failures are acknowledged and the rest is written', async () => {
    const { handle, order } = createSinkOfLists()
    await handle(batchOf(['good', 'bad', 'good']))
    expect(order).toEqual(['publish', 'write 0,2', 'commit 3', 'stored 3 at 2'])
  })

  test('(I5) waits for a store that is away, says why, and is committed when it is written', async () => {
    const seen: (string | null)[] = []
    const sink = createSinkOfLists({
      write: async () => {
        seen.push(sink.retries.waiting())
        if (seen.length === 1) throw new Error('refused')
        return null
      },
      awayReason: (error) => `the store: ${(error as Error).message}`,
    })
    await sink.handle(batchOf(['good']))
    expect({ seen, order: sink.order }).toEqual({
      seen: [null, 'the store: refused'],
      order: ['commit 1', 'stored 1 at 2'],
    })
  })

  test('(I9) is not committed, and not tried again, for an error that the store does not know', async () => {
    const { handle, order } = createSinkOfLists({ write: () => Promise.reject(new TypeError('a bug')) })
    await expect(handle(batchOf(['good']))).rejects.toThrow('a bug')
    expect(order).toEqual([])
  })

  test('(I2) of one record that the store refuses, though it takes others, becomes a failure; of several it is thrown', async () => {
    const sink = createSinkOfLists({
      write: async ({ offsets }) => {
        if (offsets.length > 0) throw new Error('not this text')
        return null
      },
      refuse: async (error, { record }) => ({ ...unreadable, detail: (error as Error).message, record }),
    })
    await expect(sink.handle(batchOf(['good', 'good']))).rejects.toThrow('not this text')
    await expect(sink.handle(batchOf(['good']), { keepPosition: true })).rejects.toThrow('not this text')
    expect(sink.order).toEqual([])
    await sink.handle(batchOf(['good']))
    expect(sink.order).toEqual(['publish', 'commit 1', 'stored 1 at 2'])
  })

  test('(I5) is not committed when its partition went to another owner while it was written', async () => {
    const lease = new AbortController()
    const { handle, order } = createSinkOfLists({
      write: async () => {
        lease.abort()
        await nextTurn()
        return null
      },
    })
    await handle(batchOf(['good'], lease))
    expect(order).toEqual([])
  })

  test('of one record that is refused becomes a failure, whatever it says', async () => {
    const { handle, order } = createSinkOfLists()
    const batch = batchOf(['good'])
    const [record] = batch.records
    if (record === undefined) throw new Error('the batch has a record')
    await handle(batch, { refusal: { ...unreadable, class: 'unprojectable', record } })
    expect(order).toEqual(['publish', 'write ', 'commit 1', 'stored 1 at 2'])
  })

  test('(I6) of a record that was published again and fails again, the failure is that of its first place', async () => {
    const { handle, entries, failures } = createSinkOfLists()
    const batch = batchOf(['bad', 'bad'])
    const inTopic = { topic: batch.topic, partition: 2, offset: 7, appended_at: 0 }
    const headers = [inTopic, { ...inTopic, topic: 'conversations.received' }].map(firstOriginHeader)
    const records = batch.records.map((record, i) => Object.assign(record, { headers: headers.slice(i, i + 1) }))
    await handle({ ...batch, records })
    expect(failures.map(({ origin }) => origin)).toEqual([
      inTopic,
      // Of the conversation that the insight is about: it says nothing of the insight's own record.
      { topic: batch.topic, partition: 0, offset: 1, appended_at: 1 },
    ])
    const said = entries.flat().map(({ headers }) => DEAD_LETTER.map((name) => lastHeader(headers, name)))
    expect(said).toEqual([
      ['projector', '0'],
      ['projector', '1'],
    ])
  })

  test('whose position is kept is written, and comes again', async () => {
    const { handle, order } = createSinkOfLists()
    await handle(batchOf(['good']), { keepPosition: true })
    expect(order).toEqual(['write 0'])
  })
})
