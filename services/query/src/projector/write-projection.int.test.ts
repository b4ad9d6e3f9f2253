import type { ConsumedRecord } from '@insights/runtime/kafka/records'
import { testContext } from '@insights/stack/test-context'
import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { sampleInsight } from '../sample-insight.ts'
import { inTransaction } from './in-transaction.ts'
import { eraseConversations, upsertInsights } from './insights-table.ts'
import { projectInsights, type Reading } from './project-insights.ts'
import { writeProjection } from './write-projection.ts'

/** For what comes by itself, however busy the machine is. */
const soon = { timeout: 20_000 }

const context = await testContext('query-write-projection')
const pool = new pg.Pool({ connectionString: context.env['DATABASE_URL'] ?? '', max: 4 })
afterAll(async () => {
  await pool.end()
  await context.stop()
})
beforeEach(async () => void (await pool.query('truncate insights, erasures')))

const partition = 3
/** Broker times in the tests are small, so that they collide; this is their zero. */
const epoch = Date.parse('2026-03-01T00:00:00Z')

interface Change {
  id: string
  /** When the conversation was submitted and at which offset; null for a tombstone. */
  origin: { at: number; offset: number } | null
}

/** A log as the broker has it: offsets and append times grow. */
const toLog = (changes: Change[]): Reading[] =>
  changes.map(({ id, origin }, index): Reading => {
    const place = { offset: index, appendedAt: epoch + 2 + Math.floor(index / 4), key: Buffer.from(id) }
    const record: ConsumedRecord = { topic: 'insights.produced', partition, value: null, headers: {}, ...place }
    if (origin === null) return { record, decoded: { kind: 'tombstone' } }
    const value = sampleInsight({
      conversation_id: id,
      reasoning: `record ${index}`,
      origin: { topic: 'conversations.received', partition, offset: origin.offset, appended_at: epoch + origin.at },
    })
    return { record, decoded: { kind: 'ok', value } }
  })

/** What the table must hold in the end: the log read once, in order, one record at a time. */
function model(log: Reading[]): Map<string, string> {
  const rows = new Map<string, { at: number; offset: number; reasoning: string }>()
  const erased = new Map<string, number>()
  for (const { record, decoded } of log) {
    const id = String(record.key)
    if (decoded.kind === 'tombstone') {
      erased.set(id, record.appendedAt)
      if ((rows.get(id)?.at ?? Infinity) <= record.appendedAt) rows.delete(id)
    } else if (decoded.kind === 'ok') {
      const { origin, reasoning } = decoded.value
      const row = rows.get(id)
      const older = row !== undefined && (origin.appended_at - row.at || origin.offset - row.offset) < 0
      if (older || origin.appended_at <= (erased.get(id) ?? -Infinity)) continue
      rows.set(id, { at: origin.appended_at, offset: origin.offset, reasoning })
    }
  }
  return new Map([...rows].map(([id, { reasoning }]) => [id, reasoning]))
}

async function table(): Promise<Map<string, string>> {
  const { rows } = await pool.query<{ id: string; reasoning: string }>(
    'select conversation_id as id, reasoning from insights',
  )
  return new Map(rows.map(({ id, reasoning }) => [id, reasoning]))
}

const change = fc.record({
  id: fc.constantFrom('a', 'b'),
  origin: fc.option(fc.record({ at: fc.nat(5), offset: fc.nat(1) }), { freq: 4 }),
})
const changes = fc.array(change, { minLength: 1, maxLength: 12 })

/** The log delivered in any order, records more than once, cut into batches anywhere. */
const delivery = changes.chain((some) => {
  const log = toLog(some)
  const again = fc.array(fc.constantFrom(...log), { maxLength: 6 })
  return again
    .chain((twice) => fc.shuffledSubarray([...log, ...twice], { minLength: log.length + twice.length }))
    .chain((records) =>
      fc
        .array(fc.integer({ min: 1, max: 5 }), { minLength: records.length, maxLength: records.length })
        .map((sizes) => ({ log, batches: cut(records, sizes) })),
    )
})

function cut(records: Reading[], sizes: number[]): Reading[][] {
  const batches: Reading[][] = []
  for (let from = 0; from < records.length; from += sizes[batches.length - 1] ?? 1) {
    batches.push(records.slice(from, from + (sizes[batches.length] ?? 1)))
  }
  return batches
}

describe('writeProjection', () => {
  test('(I7) any order, repetition and batching of the records ends in the table that reading them once in order gives', async () => {
    await fc.assert(
      fc
        .asyncProperty(delivery, async ({ log, batches }) => {
          for (const batch of batches) await writeProjection(pool, partition, projectInsights(batch))
          expect(await table()).toEqual(model(log))
          // A rebuild over the old tables changes nothing either, and says so.
          expect(await writeProjection(pool, partition, projectInsights(log))).toEqual([])
          expect(await table()).toEqual(model(log))
        })
        .beforeEach(async () => void (await pool.query('truncate insights, erasures'))),
      { numRuns: 150 },
    )
  })

  test('(I7) a rebuild from the compacted topic serves the same, as long as answers are written in the order of submissions', async () => {
    const inOrder = fc.array(fc.record({ id: fc.constantFrom('a', 'b', 'c'), erase: fc.boolean() }), {
      minLength: 1,
      maxLength: 12,
    })
    await fc.assert(
      fc
        .asyncProperty(inOrder, async (steps) => {
          const log = toLog(
            steps.map(({ id, erase }, index) => ({ id, origin: erase ? null : { at: index, offset: index } })),
          )
          for (const reading of log) reading.record.appendedAt = epoch + reading.record.offset
          const compacted = log.filter(
            ({ record }, index) =>
              !log.slice(index + 1).some((later) => String(later.record.key) === String(record.key)),
          )
          await writeProjection(pool, partition, projectInsights(compacted))
          expect(await table()).toEqual(model(log))
        })
        .beforeEach(async () => void (await pool.query('truncate insights, erasures'))),
      { numRuns: 50 },
    )
  })

  test('every field arrives as it was sent', async () => {
    const insight = sampleInsight({
      conversation_id: 'Ünï "quoted" \\ {braces} 😀',
      clusters: ['with "quotes"', 'back\\slash', 'comma, brace}', '', 'NULL', ' 漢字 '],
      reasoning: 'line\nline\ttab \u0000 end',
      raw: '{"sentiment_score":-0.6}',
      sentiment_score: 0.1 + 0.2,
      confidence: 0,
      truncated: true,
      usage: {
        prompt_tokens: 1,
        cached_tokens: 2,
        completion_tokens: 3,
        reasoning_tokens: 4,
        cost_usd_ticks: 2 ** 53 - 1,
      },
    })
    const key = Buffer.from(insight.conversation_id)
    const record = {
      topic: 'insights.produced',
      partition,
      offset: 2 ** 53 - 1,
      appendedAt: epoch,
      key,
      value: null,
      headers: {},
    }
    const submitted = await writeProjection(
      pool,
      partition,
      projectInsights([{ record, decoded: { kind: 'ok', value: insight } }]),
    )
    expect(submitted).toEqual([insight.origin.appended_at])
    const { rows } = await pool.query('select * from insights')
    const { origin, usage, reasoning, created_at, ...rest } = insight
    expect(rows).toEqual([
      {
        ...rest,
        reasoning: reasoning.replace('\0', '\uFFFD'),
        created_at: new Date(created_at),
        prompt_tokens: '1',
        cached_tokens: '2',
        completion_tokens: '3',
        reasoning_tokens: '4',
        cost_usd_ticks: String(usage.cost_usd_ticks),
        origin_topic: origin.topic,
        origin_partition: origin.partition,
        origin_offset: String(origin.offset),
        origin_appended_at: new Date(origin.appended_at),
        record_offset: String(record.offset),
        record_appended_at: new Date(epoch),
      },
    ])
  })

  test('a poll of more rows than one statement takes is written whole', async () => {
    const log = toLog(
      Array.from({ length: 7001 }, (_, index) => ({ id: `conv_${index}`, origin: { at: 0, offset: index } })),
    )
    expect(await writeProjection(pool, partition, projectInsights(log))).toHaveLength(7001)
    expect((await table()).size).toBe(7001)
  })

  test('(I7) an erasure beside the unfinished transaction of an evicted owner still wins', async () => {
    const [insight] = projectInsights(toLog([{ id: 'a', origin: { at: 1, offset: 1 } }])).insights
    if (insight === undefined) throw new Error('the log has an insight')
    const written = Promise.withResolvers<void>()
    const mayCommit = Promise.withResolvers<void>()
    const evicted = inTransaction(pool, partition, async (client) => {
      await upsertInsights(client, [insight])
      written.resolve()
      await mayCommit.promise
    })
    await written.promise
    const successor = inTransaction(pool, partition, (client) =>
      eraseConversations(client, [{ conversationId: 'a', erasedThrough: epoch + 5 }]),
    )
    const waits =
      "select from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())"
    await expect.poll(async () => (await pool.query(waits)).rowCount, soon).toBe(1)
    mayCommit.resolve()
    await Promise.all([evicted, successor])
    expect(await table()).toEqual(new Map())
  })

  test('a failed transaction leaves nothing, no lock and no connection behind', async () => {
    const [insight] = projectInsights(toLog([{ id: 'a', origin: { at: 1, offset: 1 } }])).insights
    if (insight === undefined) throw new Error('the log has an insight')
    const failing = inTransaction(pool, partition, async (client) => {
      await upsertInsights(client, [insight])
      throw new Error('in the middle')
    })
    await expect(failing).rejects.toThrow('in the middle')
    expect(await writeProjection(pool, partition, { insights: [insight], erasures: [], refusals: [] })).toHaveLength(1)
    expect(pool.totalCount - pool.idleCount).toBe(0)
  })
})
