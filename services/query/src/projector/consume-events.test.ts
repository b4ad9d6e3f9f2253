import { setImmediate as nextTurn } from 'node:timers/promises'
import type { OutgoingRecord } from '@insights/runtime/kafka/records'
import { createLogger } from '@insights/runtime/logger'
import { createMetrics } from '@insights/runtime/metrics'
import pg from 'pg'
import { expect, test } from 'vitest'
import { consumeEvents } from './consume-events.ts'
import { createRetries } from './retry-while-away.ts'
import { observeProjection } from './observe-projection.ts'

const log = createLogger({ service: 'test', level: 'silent' })

test('(I2) thousands of unreadable records of one key are no batch that a topic refuses: each failure is an entry, few wait at once, then the commit', async () => {
  const records = Array.from({ length: 3_000 }, (_, offset) => ({
    topic: 'insights.produced',
    partition: 0,
    offset,
    appendedAt: 1,
    key: Buffer.from('same'),
    value: Buffer.from('x'),
    headers: [],
  }))
  const entries: OutgoingRecord[][] = []
  const order: string[] = []
  let waiting = 0
  let most = 0
  const handle = consumeEvents({
    pool: new pg.Pool(), // never connects: there is no row to write
    codec: {
      decode: async () => ({
        kind: 'unreadable',
        class: 'undecodable',
        title: 'Not readable',
        detail: 'garbage',
        retryable: false,
        conversationId: null,
      }),
      encode: () => Buffer.from('failure'),
      prefetch: () => undefined,
    },
    publisher: {
      publish: async (entry) => {
        entries.push(entry)
        order.push('publish')
        most = Math.max(most, ++waiting)
        await nextTurn()
        waiting--
        return { ok: true }
      },
    },
    commit: async () => {
      order.push('commit')
      return 'committed'
    },
    retries: createRetries({ log, random: () => 0, monotonicNow: () => 0 }),
    metrics: observeProjection(createMetrics({ service: 'test', version: '0' })),
    log,
    prefix: '',
    now: () => 2,
    randomBytes: (n) => Buffer.alloc(n, 1),
  })
  await handle({
    topic: 'insights.produced',
    partition: 0,
    records,
    fromOffset: 0,
    nextOffset: records.length,
    highWatermark: records.length,
    lease: { epoch: 1, signal: new AbortController().signal },
    progress: () => {},
  })
  expect(entries).toHaveLength(3_000)
  expect(entries.every((entry) => entry.length === 1)).toBe(true)
  expect(most).toBeLessThanOrEqual(500)
  expect(order.at(-1)).toBe('commit')
  expect(order.filter((step) => step === 'commit')).toHaveLength(1)
})
