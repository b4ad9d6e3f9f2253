import { once } from 'node:events'
import { createLogger } from '@insights/runtime/logger'
import { testContext } from '@insights/stack/test-context'
import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import type { InsightProduced } from '@insights/schemas/events/insight-produced'
import { addToRollups, countedIn, listRollups, type Rollups } from '../../counts/add-rollups.ts'
import { ALL, toCounts, type Countable } from '../../counts/sum-insights.ts'
import { insightColumns } from '../../tables/insight-columns.ts'
import { sampleInsight, withTextEverywhere } from '../../sample-insight.fixture.ts'
import { dumpTables, emptyTables } from '../dump-tables.fixture.ts'
import { anyHappenings, compact, EPOCH, toRecords } from '../merge/history.fixture.ts'
import type { Reading } from '../read/reading.ts'
import { toEvents } from '../read/to-events.ts'
import { toReading } from '../store-insights.fixture.ts'
import { inTransaction } from './in-transaction.ts'
import { upsertInsights } from './other-tables.ts'
import { selectInsightEvents } from './select-insight-events.ts'
import { openPool } from '../../database/open-pool.ts'
import { writeProjection, type Written } from './write-projection.ts'

const context = await testContext('query-write-projection')
// With it, transactions of a test that wait for each other for ever fail instead.
const pool = new pg.Pool({ connectionString: context.env['DATABASE_URL'] ?? '', max: 4, lock_timeout: 10_000 })
afterAll(async () => {
  await pool.end()
  await context.stop()
})
beforeEach(async () => {
  await emptyTables(pool)
  await pool.query('update projection set text_search = true')
})

const read = { facetKeys: ['channel'], receivedTopic: 'conversations.received' }
/** Two conversations share a shard, one has its own. Facets come and go, so that rollups begin and end. */
const options = {
  shardOf: (id: string) => (id.codePointAt(id.length - 1) ?? 0) % 2,
  storeMessages: true,
  rollupsFrom: 2,
}

const write = (readings: Reading[]): Promise<Written> => writeProjection(pool, toEvents(readings, null, read), options)

/** A batch is of one partition of one topic: the records of a log in pieces, each topic's in their order. */
function toBatches(readings: readonly Reading[], sizes: readonly number[]): Reading[][] {
  const batches: Reading[][] = []
  for (const [place, reading] of readings.entries()) {
    const last = batches.at(-1)
    const isSame = last?.[0]?.topic === reading.topic && last[0].record.partition === reading.record.partition
    if (last !== undefined && isSame && last.length < (sizes[place % sizes.length] ?? 1)) last.push(reading)
    else batches.push([reading])
  }
  return batches
}

const anySizes = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 3 })

/** The log's records in any order, with replays of any stretch of it. */
const anyDelivery = (readings: Reading[]) =>
  fc
    .tuple(
      fc.shuffledSubarray(readings, { minLength: readings.length }),
      fc.nat({ max: readings.length }),
      fc.nat({ max: readings.length }),
      fc.nat({ max: readings.length }),
      anySizes,
    )
    .map(([shuffled, from, to, at, sizes]) => {
      const replayed = readings.slice(Math.min(from, to), Math.max(from, to))
      return toBatches([...shuffled.slice(0, at), ...replayed, ...shuffled.slice(at)], sizes)
    })

const anyLog = anyHappenings.map(toRecords)

async function dumpAfter(batches: Reading[][], { atOnce = 1 } = {}) {
  await emptyTables(pool)
  for (let from = 0; from < batches.length; from += atOnce)
    await Promise.all(batches.slice(from, from + atOnce).map(write))
  return dumpTables(pool)
}

test('(I8) ten thousand failures of one conversation are written, and what comes behind them', async () => {
  const [, failed] = toRecords([
    { id: 1, kind: 'received', which: 0, draw: 1 },
    { id: 1, kind: 'failed', which: 0, draw: 1 },
  ])
  if (failed?.topic !== 'analysisFailed' || failed.decoded.kind !== 'ok') throw new Error('one failed')
  const { record, decoded } = failed
  const many = (from: number, count: number) =>
    Array.from({ length: count }, (_, place): Reading => {
      const offset = from + place
      const failure_id = `abcdef01-2345-4789-8abc-${String(offset).padStart(12, '0')}`
      const origin = { ...decoded.value.origin, offset }
      return {
        ...failed,
        record: { ...record, offset },
        decoded: { kind: 'ok', value: { ...decoded.value, failure_id, origin } },
      }
    })
  await write(many(0, 12_000))
  await write(many(12_000, 1))
  expect((await pool.query('select count(*)::int as failures from failures')).rows).toEqual([{ failures: 12_001 }])
})

describe('the tables', () => {
  test('(I7) are the same to the byte after any order, repetition and replay, also with several writers at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyLog.chain((log) => fc.tuple(fc.constant(log), anyDelivery(log), fc.integer({ min: 1, max: 4 }))),
        async ([log, batches, atOnce]) => {
          const inOrder = await dumpAfter(log.map((reading) => [reading]))
          expect(await dumpAfter(batches, { atOnce })).toEqual(inOrder)
        },
      ),
      { numRuns: 60 },
    )
  })

  test('(I7) rebuilt from what compaction leaves are the same, once what must be published again is', async () => {
    await fc.assert(
      fc.asyncProperty(anyLog, anySizes, async (readings, sizes) => {
        await emptyTables(pool)
        const log = [...readings]
        const offset = () => log.filter(({ topic }) => topic === 'insightsProduced').length
        for (let done = 0; done < log.length;) {
          const [batch] = toBatches(log.slice(done), sizes)
          if (batch === undefined) break
          done += batch.length
          for (const one of (await write(batch)).again) {
            const appendedAt = EPOCH + 1_000 + log.length
            const record = { topic: 'insights.produced', partition: 0, offset: offset(), appendedAt, value: null }
            const key = Buffer.from(one.of)
            if (one.kind === 'insight') {
              const decoded = { kind: 'ok' as const, value: one.event }
              log.push({ topic: 'insightsProduced', record: { ...record, key, headers: [] }, decoded })
            } else {
              const through = Buffer.from(String(one.erasure.erasedThrough))
              const headers = [{ name: 'insights-erased-through', value: through }]
              log.push({
                topic: 'insightsProduced',
                record: { ...record, key, headers },
                decoded: { kind: 'tombstone' },
              })
            }
          }
          expect(log.length).toBeLessThan(10 * readings.length + 10)
        }
        const live = await dumpTables(pool)
        expect(await dumpAfter(toBatches(compact(log), sizes))).toEqual(live)
      }),
      { numRuns: 60 },
    )
  })

  test('(I7) count what the rows say, by hour and day, of all insights and of each facet that has enough', async () => {
    await fc.assert(
      fc.asyncProperty(anyLog.chain(anyDelivery), async (batches) => {
        const dump = await dumpAfter(batches)
        const counted = await countRows()
        expect({ rollups: dump['rollups']?.length, totals: dump['facet_totals'] }).toEqual({
          rollups: counted.rollups.length,
          totals: counted.totals,
        })
        const { rows } = await pool.query<{ key: string; counts: number[] }>(
          `select concat_ws(' ', facet, time, level, (extract(epoch from start) * 1000)::int8) as key, counts,
                  sentiment_micros::float8[] as sentiment, confidence_micros::float8[] as confidence from rollups order by 1`,
        )
        expect(rows).toEqual(counted.rollups)
      }),
      { numRuns: 40 },
    )
  })
})

/** What totals and rollups must be, from the rows of `insights`. */
async function countRows() {
  const { rows } = await pool.query<Countable>(
    `select sentiment_score as "sentimentScore", confidence, facets,
            (extract(epoch from created_at) * 1000)::float8 as "createdAt",
            (extract(epoch from occurred_at) * 1000)::float8 as "occurredAt" from insights`,
  )
  const totals = new Map<string, number>()
  for (const row of rows) for (const facet of countedIn(row)) totals.set(facet, (totals.get(facet) ?? 0) + 1)
  const kept = (facet: string) => facet === ALL || (totals.get(facet) ?? 0) >= options.rollupsFrom
  const rollups: Rollups = new Map()
  for (const row of rows) addToRollups(rollups, countedIn(row).filter(kept), row, 1)
  return {
    totals: [...totals].map(([facet, count]) => `(${quoted(facet)},${count})`).toSorted(byBytes),
    rollups: listRollups(rollups)
      .map(({ facet, time, level, start, sums }) => ({
        key: `${facet} ${time} ${level} ${start}`,
        counts: [...toCounts(sums)],
        sentiment: sums.sentimentMicros.map((sum) => sum + 0),
        confidence: sums.confidenceMicros.map((sum) => sum + 0),
      }))
      .toSorted((a, b) => byBytes(a.key, b.key)),
  }
}

const quoted = (text: string): string => (text === '' ? '""' : text)
const byBytes = (a: string, b: string): number => (a < b ? -1 : Number(a > b))

const produced = (insight: InsightProduced, offset: number): Reading =>
  toReading(insight, { offset, appendedAt: insight.origin.appended_at + 5_000 })

describe('a row', () => {
  test('has every field as it was sent', async () => {
    const insight = sampleInsight({
      conversation_id: 'Ünï "quoted" \\ {braces} 😀',
      clusters: ['with "quotes"', 'back\\slash', 'comma, brace}', '', 'NULL', ' 漢字 '],
      reasoning: 'line\nline\ttab \u0000 end',
      raw: '{"sentiment_score":-0.6}',
      sentiment_score: 0.1 + 0.2,
      confidence: 0,
      truncated: true,
      occurred_at: Date.parse('2026-02-27T01:02:03.004Z'),
      usage: {
        prompt_tokens: 1,
        cached_tokens: 2,
        completion_tokens: 3,
        reasoning_tokens: 4,
        cost_usd_ticks: 2 ** 53 - 2,
      },
    })
    const { submitted } = await write([produced(insight, 2 ** 53 - 1)])
    expect(submitted).toEqual([insight.origin.appended_at])
    const { rows } = await pool.query('select * from insights')
    const { origin, usage, reasoning, created_at, occurred_at, ...rest } = insight
    expect(rows).toEqual([
      {
        ...rest,
        reasoning: reasoning.replace('\0', '\uFFFD'),
        created_at: new Date(created_at),
        occurred_at: new Date(occurred_at ?? 0),
        facets: ['model=simulator', 'truncated=true', ...insight.clusters.map((name) => `cluster=${name}`)],
        prompt_tokens: '1',
        cached_tokens: '2',
        completion_tokens: '3',
        reasoning_tokens: '4',
        cost_usd_ticks: String(usage.cost_usd_ticks),
        origin_topic: origin.topic,
        origin_partition: origin.partition,
        origin_offset: String(origin.offset),
        origin_appended_at: new Date(origin.appended_at),
        record_partition: 3,
        record_offset: String(2 ** 53 - 1),
        record_appended_at: new Date(origin.appended_at + 5_000),
      },
    ])
  })

  test('published once more is the event that it was', async () => {
    const insight = sampleInsight({
      clusters: ['a', 'b'],
      raw: '{}',
      occurred_at: EPOCH,
      sentiment_score: -0.123_456_789,
    })
    await write([produced(insight, 1)])
    const client = await pool.connect()
    try {
      expect(await selectInsightEvents(client, [insight.conversation_id, 'conv_none'])).toEqual(
        new Map([[insight.conversation_id, insight]]),
      )
    } finally {
      client.release()
    }
  })

  test('takes every text that a model or a provider can send: NUL and half a surrogate pair show as U+FFFD', async () => {
    const insight = withTextEverywhere('a\0b \uD800 c')
    await write([produced(insight, 1)])
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

  test('of a conversation takes metadata and messages that jsonb does not: their nearest text is there', async () => {
    const [reading] = toRecords([{ id: 0, kind: 'received', which: 0, draw: 1 }])
    if (reading?.topic !== 'conversationsReceived' || reading.decoded.kind !== 'ok') throw new Error('one was received')
    const messages = [{ author_id: null, text: 'a\0b \\u0000', timestamp: null, inbound: null }]
    const metadata = String.raw`{"channel":"\u0000x","half":"\ud800","n":1e999999,"deep":${'['.repeat(500)}${']'.repeat(500)}}`
    await write([{ ...reading, decoded: { kind: 'ok', value: { ...reading.decoded.value, messages, metadata } } }])
    const { rows } = await pool.query('select metadata, messages, facets, status from conversations')
    expect(rows).toMatchObject([
      {
        metadata: { channel: '\uFFFDx', half: '\uFFFD', n: '1e999999' },
        messages: [{ text: 'a\uFFFDb \\u0000' }],
        facets: ['source=crm', 'metadata.channel=\uFFFDx'],
        status: 'queued',
      },
    ])
  })

  test('without STORE_MESSAGES has neither messages nor the bytes of failures', async () => {
    const log = toRecords([
      { id: 0, kind: 'received', which: 0, draw: 1 },
      { id: 0, kind: 'failed', which: 0, draw: 2 },
    ])
    for (const reading of log)
      await writeProjection(pool, toEvents([reading], null, read), { ...options, storeMessages: false })
    const { rows } = await pool.query('select messages, metadata, original_value from conversations, failures')
    expect(rows).toEqual([{ messages: null, metadata: { channel: 'chat', other: 1 }, original_value: null }])
  })
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

describe('a transaction', () => {
  test('(I9) that loses its connection between two statements fails by itself, and the process goes on', async () => {
    const log = createLogger({ service: 'test', level: 'silent' })
    const own = openPool({ databaseUrl: context.env['DATABASE_URL'] ?? '', maxConnections: 1, log })
    const broken = inTransaction(own, [], async (client) => {
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
      const ended = once(client, 'end')
      await pool.query('select pg_terminate_backend($1)', [rows[0]?.pid])
      await ended
    })
    await expect(broken).rejects.toThrow(/connection|queryable/i)
    expect((await own.query('select from insights')).rowCount).toBe(0)
    await own.end()
  })

  const insightOf = (id: string, at: number, changes: Partial<InsightProduced> = {}) =>
    sampleInsight({
      conversation_id: id,
      origin: { topic: 'conversations.received', partition: 0, offset: at, appended_at: EPOCH + at },
      ...changes,
    })
  const count = async () => (await pool.query('select from insights')).rowCount

  test('writes a poll of more rows than one statement takes', async () => {
    const log = Array.from({ length: 7001 }, (_, index) => produced(insightOf(`conv_${index}`, 1), index))
    expect((await write(log)).submitted).toHaveLength(7001)
    expect(await count()).toBe(7001)
  })

  test('sums figures and names beyond all measure, and does not stop the projector', async () => {
    const tokens = { prompt_tokens: 2 ** 31 - 1, cached_tokens: 0, completion_tokens: 0, reasoning_tokens: 0 }
    const usage = { ...tokens, cost_usd_ticks: 2 ** 53 - 2 }
    const changes = { usage, model: '漢'.repeat(5000), created_at: EPOCH }
    await write(Array.from({ length: 1100 }, (_, index) => produced(insightOf(`conv_${index}`, 1, changes), index)))
    const { rows } = await pool.query('select model, insights, prompt_tokens, cost_usd_ticks from usage_by_day')
    expect(rows).toEqual([
      {
        model: '漢'.repeat(200),
        insights: '1100',
        prompt_tokens: String(1100n * BigInt(usage.prompt_tokens)),
        cost_usd_ticks: String(1100n * BigInt(usage.cost_usd_ticks)),
      },
    ])
  })

  test('(I7) that an evicted owner has not finished is waited for: the erasure beside it wins', async () => {
    const entered = Promise.withResolvers<void>()
    const mayCommit = Promise.withResolvers<void>()
    const shards = [options.shardOf('conv_0')]
    const evicted = inTransaction(pool, shards, async (client) => {
      await upsertInsights(client, [
        { event: insightOf('conv_0', 1), place: { partition: 3, offset: 1, appendedAt: 1 }, facets: [] },
      ])
      entered.resolve()
      await mayCommit.promise
    })
    await entered.promise
    const successor = write([toReading('conv_0', { offset: 9, appendedAt: EPOCH + 5 })])
    const waits =
      "select from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())"
    await expect.poll(async () => (await pool.query(waits)).rowCount, { timeout: 20_000 }).toBe(1)
    mayCommit.resolve()
    await Promise.all([evicted, successor])
    expect(await count()).toBe(0)
  })

  test('of one shard waits for none of another', async () => {
    await inTransaction(pool, [options.shardOf('conv_1')], async () => {
      await write([produced(insightOf('conv_0', 1), 1)])
    })
    expect(await count()).toBe(1)
  })

  test('that fails leaves nothing, no lock and no connection behind', async () => {
    const failing = inTransaction(pool, [0, 1], async (client) => {
      await upsertInsights(client, [
        { event: insightOf('conv_0', 1), place: { partition: 3, offset: 1, appendedAt: 1 }, facets: [] },
      ])
      throw new Error('in the middle')
    })
    await expect(failing).rejects.toThrow('in the middle')
    await write([produced(insightOf('conv_0', 1), 1)])
    expect({ rows: await count(), busy: pool.totalCount - pool.idleCount }).toEqual({ rows: 1, busy: 0 })
  })

  test('of another program is refused with a state that an older projector waits for', async () => {
    await expect(pool.query('delete from insights')).rejects.toMatchObject({ code: '55000' })
  })
})
