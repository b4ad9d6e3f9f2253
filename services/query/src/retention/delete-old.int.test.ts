import type { OutgoingRecord } from '@insights/runtime/kafka/records'
import { lastHeader } from '@insights/runtime/kafka/records'
import { createLogger } from '@insights/runtime/logger'
import { createMetrics } from '@insights/runtime/metrics'
import { testContext } from '@insights/stack/test-context'
import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { dumpTables, emptyTables } from '../projector/dump-tables.fixture.ts'
import { anyHappenings, EPOCH, toRecords, type Happening } from '../projector/merge/history.fixture.ts'
import { LOCKS } from '../database/locks.ts'
import { inTransaction } from '../projector/write/in-transaction.ts'
import type { Reading } from '../projector/read/reading.ts'
import { toEvents } from '../projector/read/to-events.ts'
import { writeProjection } from '../projector/write/write-projection.ts'
import { deleteOld, type Deleted } from './delete-old.ts'
import { createRetention } from './keep-deleting.ts'

const context = await testContext('query-retention')
// With it, transactions of a test that wait for each other for ever fail instead.
const pool = new pg.Pool({ connectionString: context.env['DATABASE_URL'] ?? '', max: 6, lock_timeout: 10_000 })
afterAll(async () => {
  await pool.end()
  await context.stop()
})
let published: OutgoingRecord[] = []
beforeEach(async () => {
  published = []
  await emptyTables(pool)
})

const read = { facetKeys: ['channel'], receivedTopic: 'conversations.received' }
const options = { shardOf: (id: string) => Number(id.at(-1)) % 2, rollupsFrom: 2 }
const write = (readings: Reading[], oldest: number | null = null) =>
  writeProjection(pool, toEvents(readings, null, { ...read, oldest }), { ...options, storeMessages: true })

const publish = async (records: OutgoingRecord[]) => {
  published.push(...records)
  return { ok: true } as const
}
const deleteSome = (oldest: number, changes: Partial<Parameters<typeof deleteOld>[1]> = {}): Promise<Deleted> =>
  deleteOld(pool, { ...options, oldest, most: 2, topic: 'insights.produced', publish, ...changes })

async function deleteAll(oldest: number): Promise<Deleted[]> {
  const all: Deleted[] = []
  for (;;) {
    const deleted = await deleteSome(oldest)
    if (deleted.kind !== 'deleted') return all
    all.push(deleted)
    expect(all.length).toBeLessThan(100)
  }
}

/** Histories of ten conversations each. */
const many = (happenings: Happening[]): Happening[] =>
  Array.from({ length: 4 }, (_, copy) => happenings.map((one) => ({ ...one, id: 3 * copy + one.id }))).flat()
const anyLog = anyHappenings.map(many).map(toRecords)

describe('what is too old', () => {
  test('(I7) goes from all tables and counts, and they are those that never took it in', async () => {
    await fc.assert(
      fc.asyncProperty(anyLog, fc.integer({ min: EPOCH, max: EPOCH + 40 }), async (readings, oldest) => {
        await emptyTables(pool)
        for (const reading of readings) await write([reading], oldest)
        const never = await dumpTables(pool)
        await emptyTables(pool)
        for (const reading of readings) await write([reading])
        await deleteAll(oldest)
        expect(await dumpTables(pool)).toEqual(never)
      }),
      { numRuns: 15 },
    )
  })

  test('goes beside writers and a second one that deletes, and nothing newer goes with it', async () => {
    const [happenings = []] = fc.sample(
      fc.array(anyHappenings, { minLength: 8, maxLength: 8 }).map((lists) => lists.flat()),
      { seed: 1, numRuns: 1 },
    )
    // Of those that are erased now and then hardly anything is left to be deleted.
    const readings = toRecords(many(happenings.filter(({ id, kind }) => id === 0 || kind !== 'tombstone')))
    const oldest = readings[Math.floor(readings.length / 2)]?.record.appendedAt ?? 0
    for (const reading of readings) await write([reading])
    await Promise.all([
      deleteAll(oldest),
      deleteAll(oldest),
      ...[0, 1, 2].map(async (lane) => {
        for (const [place, reading] of readings.entries()) if (place % 3 === lane) await write([reading], oldest)
      }),
    ])
    await deleteAll(oldest)
    const left = await dumpTables(pool)
    await emptyTables(pool)
    for (const reading of readings) await write([reading], oldest)
    expect(left).toEqual(await dumpTables(pool))
    const numbers = ['conversations', 'insights'].map((table) => left[table]?.length ?? 0)
    expect(numbers.every((number) => number > 0)).toBe(true)
  })

  test('is told to the topic before it goes, up to its submission; while Kafka is away it stays', async () => {
    const happened = (kind: Happening['kind']): Happening => ({ id: 0, kind, which: 0, draw: 0 })
    const readings = toRecords([happened('received'), happened('produced')])
    for (const reading of readings) await write([reading])
    const before = await dumpTables(pool)
    const away = async () => ({ ok: false, reason: 'timeout', detail: 'no broker' }) as const
    expect(await deleteSome(EPOCH + 1, { publish: away })).toEqual({ kind: 'away', reason: 'Kafka: no broker' })
    expect(await dumpTables(pool)).toEqual(before)
    expect(await deleteAll(EPOCH + 1)).toEqual([
      { kind: 'deleted', rows: { conversations: 1, insights: 1, failures: 0, erasures: 0 } },
    ])
    expect(
      published.map(({ topic, key, value, headers }) => ({
        topic,
        key,
        value,
        at: lastHeader(headers, 'insights-erased-through'),
      })),
    ).toEqual([{ topic: 'insights.produced', key: 'conv_0', value: null, at: String(EPOCH) }])
  })

  test('an answer that came while the topic was told stays until the topic is told of it too', async () => {
    const happened = (kind: Happening['kind'], draw = 0): Happening => ({ id: 0, kind, which: 0, draw })
    const [received, first, second] = toRecords([happened('received'), happened('produced'), happened('produced', 1)])
    if (received === undefined || first === undefined || second === undefined) throw new Error('three records')
    await write([received])
    await write([first])
    const meanwhile = async (records: OutgoingRecord[]) => {
      await write([second])
      return publish(records)
    }
    await deleteSome(EPOCH + 1, { publish: meanwhile })
    expect((await pool.query('select from insights')).rowCount).toBe(1)
    await deleteAll(EPOCH + 1)
    expect((await pool.query('select from insights')).rowCount).toBe(0)
    expect(published).toHaveLength(2)
  })

  test('(I7) an old insight that comes again is not stored, and the topic is told to forget it', async () => {
    const happened = (kind: Happening['kind']): Happening => ({ id: 0, kind, which: 0, draw: 0 })
    const again = []
    for (const reading of toRecords([happened('received'), happened('produced')]))
      again.push(...(await write([reading], EPOCH + 1)).again)
    expect(again).toMatchObject([{ of: 'conv_0', kind: 'erasure', erasure: { erasedThrough: EPOCH } }])
    expect(Object.values(await dumpTables(pool)).flat()).toEqual([])
  })

  test('of failures of one id takes the old one without a conversation, and no younger one of a conversation', async () => {
    const [, failed] = toRecords([
      { id: 1, kind: 'received', which: 0, draw: 1 },
      { id: 1, kind: 'failed', which: 0, draw: 1 },
    ])
    if (failed?.topic !== 'analysisFailed' || failed.decoded.kind !== 'ok') throw new Error('one failed')
    const { value } = failed.decoded
    const tell = (conversation_id: string | null, appended_at: number) => {
      const event = {
        ...value,
        conversation_id,
        origin: { ...value.origin, appended_at },
        original: { ...value.original, key: null },
      }
      return write([{ ...failed, decoded: { kind: 'ok', value: event } }])
    }
    await tell(null, EPOCH - 1_000)
    await tell('conv_1', EPOCH)
    await deleteAll(EPOCH - 500)
    const { rows } = await pool.query('select conversation_id from failures')
    expect(rows).toEqual([{ conversation_id: 'conv_1' }])
  })

  test('is left to the one that deletes already', async () => {
    await inTransaction(pool, [], async (client) => {
      await client.query(`select pg_advisory_xact_lock(${LOCKS}, 1002)`)
      expect(await deleteSome(EPOCH)).toEqual({ kind: 'busy' })
    })
  })
})

describe('RETENTION_DAYS', () => {
  const DAYS_MS = 400 * 24 * 3_600_000
  const crashes: unknown[] = []
  function retain(now: () => number) {
    const lines: string[] = []
    const destination = { write: (line: string) => void lines.push(line) }
    const retention = createRetention({
      ...options,
      pool,
      metrics: createMetrics({ service: 'projector', version: 'test' }),
      topic: 'insights.produced',
      publish,
      oldest: () => now() - DAYS_MS / 2,
      now,
      log: createLogger({ service: 'test', level: 'info', destination }),
      crash: (error) => void crashes.push(error),
      lookEveryMs: 20,
    })
    return { retention, lines }
  }
  const young = () => {
    const [reading] = toRecords([{ id: 0, kind: 'received', which: 0, draw: 1 }])
    if (reading === undefined) throw new Error('one was received')
    return { ...reading, record: { ...reading.record, appendedAt: Date.now() } } as Reading
  }
  const count = async () => (await pool.query('select from conversations')).rowCount
  const signal = new AbortController().signal

  test('deletes nothing by a clock that is ahead of that of Postgres, and says so', async () => {
    await write([young()])
    const { retention, lines } = retain(() => Date.now() + DAYS_MS)
    await retention.start?.(signal)
    await expect.poll(() => lines.join(''), { timeout: 20_000 }).toContain('RETENTION_DAYS deletes nothing')
    await retention.stop?.()
    expect({ rows: await count(), published, crashes }).toEqual({ rows: 1, published: [], crashes: [] })
  })

  test('deletes what is too old, again and again until it is stopped, and keeps what is not', async () => {
    const { retention } = retain(Date.now)
    await retention.start?.(signal)
    for (const draw of [1, 2]) {
      await write(
        toRecords([{ id: draw, kind: 'received', which: 0, draw }]).map((reading) => {
          reading.record.appendedAt = Date.now() - DAYS_MS
          return reading
        }),
      )
      await expect.poll(count, { timeout: 20_000 }).toBe(0)
    }
    await write([young()])
    await retention.stop?.()
    expect({ rows: await count(), crashes }).toEqual({ rows: 1, crashes: [] })
  })
})
