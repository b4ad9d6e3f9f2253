import type { ConsumedRecord } from '@insights/runtime/kafka/records'
import type { InsightProduced } from '@insights/schemas/events/insight-produced'
import { testContext } from '@insights/stack/test-context'
import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { insightColumns } from '../insight-columns.ts'
import { sampleInsight, withTextEverywhere } from '../sample-insight.fixture.ts'
import { inTransaction } from './in-transaction.ts'
import { eraseConversations, upsertInsights } from './insights-table.ts'
import { projectInsights, type Reading } from './project-insights.ts'
import { writeProjection } from './write-projection.ts'

/** For what comes by itself, however busy the machine is. */
const soon = { timeout: 20_000 }

const context = await testContext('query-write-projection')
// With it, transactions of a test that wait for each other for ever fail instead.
const pool = new pg.Pool({ connectionString: context.env['DATABASE_URL'] ?? '', max: 4, lock_timeout: 10_000 })
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
    const record: ConsumedRecord = { topic: 'insights.produced', partition, value: null, headers: [], ...place }
    if (origin === null) return { record, decoded: { kind: 'tombstone' } }
    const value = sampleInsight({
      conversation_id: id,
      reasoning: `record ${index}`,
      // The last millisecond of a day, then the first ones of the next.
      created_at: epoch - 1 + (index % 3),
      model: index % 2 === 0 ? 'grok-4.3' : 'simulator',
      // Powers of two: sums of different records are different.
      usage: {
        prompt_tokens: 2 ** (index % 13),
        cached_tokens: index,
        completion_tokens: 3 * index,
        reasoning_tokens: 5 * index,
        cost_usd_ticks: 2 ** (index % 13) * 1_000_000_007,
      },
      origin: { topic: 'conversations.received', partition, offset: origin.offset, appended_at: epoch + origin.at },
    })
    return { record, decoded: { kind: 'ok', value } }
  })

const readingOf = (value: InsightProduced, offset: number): Reading => ({
  record: {
    topic: 'insights.produced',
    partition,
    offset,
    appendedAt: value.origin.appended_at + 5_000,
    key: Buffer.from(value.conversation_id),
    value: null,
    headers: [],
  },
  decoded: { kind: 'ok', value },
})

/** What must be kept in the end: the log read once, in order, one record at a time. */
function keep(log: Reading[]): Map<string, InsightProduced> {
  const kept = new Map<string, InsightProduced>()
  const erased = new Map<string, number>()
  for (const { record, decoded } of log) {
    const id = String(record.key)
    const before = kept.get(id)
    if (decoded.kind === 'tombstone') {
      erased.set(id, record.appendedAt)
      if ((before?.origin.appended_at ?? Infinity) <= record.appendedAt) kept.delete(id)
    } else if (decoded.kind === 'ok') {
      const { origin } = decoded.value
      const older =
        before !== undefined &&
        (origin.appended_at - before.origin.appended_at || origin.offset - before.origin.offset) < 0
      if (older || origin.appended_at <= (erased.get(id) ?? -Infinity)) continue
      kept.set(id, decoded.value)
    }
  }
  return kept
}

/** What the tables must hold then: the rows, and the sums over them. */
function model(log: Reading[]) {
  const kept = keep(log)
  const usage = new Map<string, bigint[]>()
  for (const { created_at, model, usage: own } of kept.values()) {
    const key = `${new Date(created_at).toISOString().slice(0, 10)} ${model}`
    const figures = [1, own.prompt_tokens, own.cached_tokens, own.completion_tokens, own.reasoning_tokens]
    const sums = usage.get(key)
    usage.set(
      key,
      [...figures, own.cost_usd_ticks].map((figure, index) => BigInt(figure) + (sums?.[index] ?? 0n)),
    )
  }
  return { insights: new Map([...kept].map(([id, { reasoning }]) => [id, reasoning])), usage }
}

const tables = async () => ({ insights: await table(), usage: await usageByDay() })

async function table(): Promise<Map<string, string>> {
  const { rows } = await pool.query<{ id: string; reasoning: string }>(
    'select conversation_id as id, reasoning from insights',
  )
  return new Map(rows.map(({ id, reasoning }) => [id, reasoning]))
}

async function usageByDay(): Promise<Map<string, bigint[]>> {
  const { rows } = await pool.query<{ key: string; sums: string[] }>(
    `select to_char(day, 'YYYY-MM-DD ') || model as key,
            array[insights, prompt_tokens, cached_tokens, completion_tokens, reasoning_tokens, cost_usd_ticks]::text[] as sums
       from usage_by_day`,
  )
  return new Map(rows.map(({ key, sums }) => [key, sums.map(BigInt)]))
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
  test('(I7) any order, repetition and batching of the records ends in the rows, and in the sums of what they cost, that reading them once in order gives', async () => {
    await fc.assert(
      fc
        .asyncProperty(delivery, async ({ log, batches }) => {
          // In two partitions by turns, as when partitions were added: then a sum's parts come from both.
          for (const [index, batch] of batches.entries()) {
            await writeProjection(pool, partition + (index % 2), projectInsights(batch))
          }
          expect(await tables()).toEqual(model(log))
          // A rebuild over the old tables changes nothing either, and says so.
          expect(await writeProjection(pool, partition, projectInsights(log))).toEqual([])
          expect(await tables()).toEqual(model(log))
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
          expect(await tables()).toEqual(model(log))
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
    expect(await writeProjection(pool, partition, projectInsights([readingOf(insight, 2 ** 53 - 1)]))).toEqual([
      insight.origin.appended_at,
    ])
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
        record_offset: String(2 ** 53 - 1),
        record_appended_at: new Date(origin.appended_at + 5_000),
      },
    ])
  })

  test('no text that a model or a provider can send stops the projector: NUL and half a surrogate pair show as U+FFFD', async () => {
    const insight = withTextEverywhere('a\0b \uD800 c')
    await writeProjection(pool, partition, projectInsights([readingOf(insight, 1)]))
    const { rows } = await pool.query<Record<string, unknown>>('select * from insights')
    const { origin, usage, ...own } = insight
    const sent = { ...own, ...usage, origin_topic: origin.topic }
    const texts = Object.entries(sent).filter(([, value]) => String(value).includes('\0'))
    const stored = Object.fromEntries(texts.map(([name]) => [name, rows[0]?.[name]]))
    const shown = texts.map(([name, value]) => [
      name,
      Array.isArray(value) ? ['a\uFFFDb \uFFFD c'] : 'a\uFFFDb \uFFFD c',
    ])
    expect(stored).toEqual(Object.fromEntries(shown))
    expect(stored).toHaveProperty('reasoning')
  })

  test('the table has the columns of the list, in their types: a migration that was forgotten would stop the projector', async () => {
    const { rows } = await pool.query<{ name: string; type: string }>(
      `select attname as name, regexp_replace(typname, '^_(.*)', '\\1[]') as type
         from pg_attribute join pg_type on pg_type.oid = atttypid
        where attrelid = 'insights'::regclass and attnum > 0 and not attisdropped`,
    )
    const columns = Object.entries(insightColumns).map(([name, { type }]) => [name, type])
    expect(Object.fromEntries(rows.map(({ name, type }) => [name, type]))).toEqual(Object.fromEntries(columns))
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

  test('transactions of two partitions do not wait for each other at the sums of a day', async () => {
    // The first and the seventh record are of the same day and model.
    const log = toLog([...'abcdefg'].map((id) => ({ id, origin: { at: 1, offset: 1 } })))
    const [first, seventh] = [log.slice(0, 1), log.slice(6)].map(projectInsights)
    if (first === undefined || seventh === undefined) throw new Error('the log has seven records')
    await inTransaction(pool, partition, async (client) => {
      await upsertInsights(client, first.insights)
      await writeProjection(pool, partition + 1, seventh)
    })
    expect([...(await usageByDay())].map(([key, [insights]]) => [key, insights])).toEqual([['2026-02-28 grok-4.3', 2n]])
  })

  test('(I7) of two that write a conversation at once, each for its own partition, one is counted', async () => {
    const [older, newer] = toLog([1, 2].map((at) => ({ id: 'a', origin: { at, offset: at } })))
    if (older === undefined || newer === undefined) throw new Error('the log has two records')
    let writing: Promise<unknown> | undefined
    await inTransaction(pool, partition, async (client) => {
      await upsertInsights(client, projectInsights([older]).insights)
      writing = writeProjection(pool, partition + 1, projectInsights([newer]))
      const waits = "select from pg_stat_activity where datname = current_database() and wait_event = 'transactionid'"
      await expect.poll(async () => (await pool.query(waits)).rowCount, soon).toBe(1)
    })
    await writing
    expect(await tables()).toEqual(model([older, newer]))
  })

  test('figures and names beyond all measure are summed, and do not stop the projector', async () => {
    const largest = { prompt_tokens: 2 ** 31 - 1, cached_tokens: 0, completion_tokens: 0, reasoning_tokens: 0 }
    const usage = { ...largest, cost_usd_ticks: 2 ** 53 - 2 }
    const log = toLog(
      Array.from({ length: 1100 }, (_, index) => ({ id: `conv_${index}`, origin: { at: 0, offset: 0 } })),
    )
    for (const { decoded } of log) {
      if (decoded.kind === 'ok') Object.assign(decoded.value, { usage, model: '漢'.repeat(5000), created_at: epoch })
    }
    await writeProjection(pool, partition, projectInsights(log))
    const [tokens, cost] = [usage.prompt_tokens, usage.cost_usd_ticks].map((figure) => 1100n * BigInt(figure))
    expect(await usageByDay()).toEqual(new Map([[`2026-03-01 ${'漢'.repeat(200)}`, [1100n, tokens, 0n, 0n, 0n, cost]]]))
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
