import { createLogger } from '@insights/runtime/logger'
import { pause } from '@insights/runtime/pause'
import { testContext } from '@insights/stack/test-context'
import pg from 'pg'
import { afterAll, afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { migrate, readMigrations } from './migrate.ts'
import { MigrationError } from './migration-error.ts'
import { COST_OF_EACH, makeOlderTables, writeAsOlderProjector } from './older-projector.fixture.ts'

const context = await testContext('query-migrate-live')
const log = createLogger({ service: 'migrate', level: 'silent' })
const name = `${new URL(context.env['DATABASE_URL'] ?? '').pathname.slice(1)}_live`
const databaseUrl = new URL(`/${name}`, context.env['DATABASE_URL']).href
const admin = new pg.Client({ connectionString: new URL('/postgres', context.env['DATABASE_URL']).href })
await admin.connect()
let clients: pg.Client[] = []
beforeEach(async () => void (await admin.query(`create database "${name}"`)))
afterEach(async () => {
  await Promise.all(clients.map((client) => client.end()))
  clients = []
  await admin.query(`drop database if exists "${name}" with (force)`)
})
afterAll(async () => {
  await admin.end()
  await context.stop()
})

async function connect(applicationName = 'test'): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: applicationName })
  await client.connect()
  clients.push(client)
  return client
}

const SUBMITTED_AT = Date.parse('2026-03-01T10:00:00Z')
const olderRow = (index: number) => ({
  id: `conv_${String(index).padStart(6, '0')}`,
  clusters: ['refund', 'billing', 'refund'],
  submittedAt: SUBMITTED_AT + index * 1000,
  offset: index,
})
const count = (length: number) => Array.from({ length }, (_, index) => index)

/** The API's query of the version before: a window's count and its newest page. */
const page = `
  with matches as materialized (
    select created_at, conversation_id from insights
     where created_at between '2026-01-01' and '2027-01-01' and confidence >= 0.5 and clusters && array['billing']
  ),
  page as (select conversation_id from matches order by created_at desc, conversation_id desc limit 10)
  select total_count, conversation_id, clusters from (select count(*)::float8 as total_count from matches) as total
    left join (page join insights using (conversation_id)) on true`
const usage = 'select sum(insights)::float8 as insights from usage_by_day'

describe('on a live system', () => {
  test('a migration that keeps readers out reads and writes no row of a table that grows with conversations', async () => {
    const older = await connect()
    await makeOlderTables(older)
    await writeAsOlderProjector(older, 3, count(20).map(olderRow))
    await older.query("insert into erasures values ('conv_gone', now())")
    const growsWithDays = "('usage_parts', 'usage_by_day')"
    const known =
      'select oid::int as oid, relname::text as name from pg_class where relnamespace = current_schema()::regnamespace'
    const found = []
    for (const { name: migration, sql } of (await readMigrations()).filter((one) => one.name > '002-usage.sql')) {
      // What a session has read is counted from its beginning.
      const client = await connect()
      await client.query('begin')
      const oids = (await client.query<{ oid: number }>(known)).rows.map(({ oid }) => oid)
      await client.query(sql)
      const { rows: locked } = await client.query<{ name: string }>(
        `select distinct relname::text as name from pg_locks join pg_class on pg_class.oid = relation
          where pid = pg_backend_pid() and mode = 'AccessExclusiveLock' and relation = any($1) and relkind in ('r', 'v')`,
        [oids],
      )
      const { rows: touched } = await client.query<{ name: string }>(
        `select relname::text as name from pg_stat_xact_user_tables
          where relname not in ${growsWithDays}
            and seq_tup_read + coalesce(idx_tup_fetch, 0) + n_tup_ins + n_tup_upd + n_tup_del > 0 order by 1`,
      )
      await client.query('commit')
      const keepsOut = locked.map((row) => row.name)
      found.push({ migration, keepsOut: keepsOut.length > 0, touched: touched.map((row) => row.name) })
    }
    expect(found.length).toBeGreaterThan(0)
    expect(found.filter(({ keepsOut, touched }) => keepsOut && touched.length > 0)).toEqual([])
    // Otherwise what is counted is not what is touched.
    expect(found.find(({ migration }) => migration === '004-projection-rows.sql')?.touched).toContain('insights')
  })

  test('who reads for long keeps no other reader waiting: the migration lets them pass, says who it is, and tries again', async () => {
    const [long, other] = [await connect('a-long-report'), await connect()]
    await makeOlderTables(other)
    await writeAsOlderProjector(other, 3, count(3).map(olderRow))
    await long.query('begin; select from insights')
    const lines: string[] = []
    const told = createLogger({
      service: 'migrate',
      level: 'info',
      destination: { write: (line) => void lines.push(line) },
    })
    const holder = /process \d+ \(a-long-report from 127\.0\.0\.1, since 20\S+Z, uses .*insights.*\)/
    const gaveUp = migrate({ databaseUrl, log: told, lockTimeoutMs: 20, lockWaitMs: 200 })
    await expect(gaveUp).rejects.toThrow(MigrationError)
    await expect(gaveUp).rejects.toThrow(holder)
    expect(lines.filter((line) => line.includes('waiting for who uses the tables'))).toEqual([
      expect.stringMatching(holder),
    ])
    const migrating = migrate({ databaseUrl, log, lockTimeoutMs: 20 })
    // Behind a migration that waits for as long as it takes, none of these would end before the long one does.
    for (const _ of count(50)) expect((await other.query(page)).rowCount).toBe(3)
    await long.query('commit')
    expect((await migrating).applied).toContain('003-projection-tables.sql')
  })

  test('a deadlock with those who use the tables is one more try, soon, however long a lock may be waited for', async () => {
    await admin.query(`alter database "${name}" set deadlock_timeout = '50ms'`)
    const [older, reader] = [await connect(), await connect()]
    await makeOlderTables(older)
    // Of two in a deadlock Postgres ends the one that has waited for its deadlock_timeout: here the migration.
    await older.query("set deadlock_timeout = '1min'; begin; lock table erasures in row exclusive mode")
    await reader.query('begin; select from insights')
    const waiting = async (sessions: number) => {
      const watch = await connect()
      const waits = "select from pg_locks where relation = 'insights'::regclass and not granted"
      await expect.poll(async () => (await watch.query(waits)).rowCount, { timeout: 20_000 }).toBe(sessions)
    }
    const [{ applied }] = await Promise.all([
      migrate({ databaseUrl, log, lockTimeoutMs: 60_000 }),
      waiting(1).then(() => older.query('lock table insights in row exclusive mode; commit')),
      // Then the migration has `insights`, which the older one waits for, and waits for `erasures`, which that one has.
      waiting(2).then(() => reader.query('commit')),
    ])
    expect(applied).toContain('003-projection-tables.sql')
  })

  test('(I2) readers and an older projector under load: no read fails or waits for the backfill, nothing is lost', async () => {
    const start = await connect()
    await makeOlderTables(start)
    const before = count(300).map(olderRow)
    await writeAsOlderProjector(start, 3, before)

    const over = new AbortController()
    onTestFinished(() => over.abort())
    const reads = [0, 0, 0, 0]
    const keepReading = async (reader: number) => {
      const client = await connect(`reader-${reader}`)
      while (!over.signal.aborted) {
        const { rows } = await client.query<{ total_count: number }>(page)
        expect(rows[0]?.total_count).toBeGreaterThanOrEqual(before.length)
        expect((await client.query<{ insights: number }>(usage)).rows[0]?.insights).toBeGreaterThanOrEqual(
          before.length,
        )
        reads[reader] = (reads[reader] ?? 0) + 1
      }
    }
    // A batch that is refused stays in Kafka; a projector that has to wait tries it again.
    const stored: string[] = before.map(({ id }) => id)
    const refusals = new Set<unknown>()
    const keepWriting = async (partition: number) => {
      const client = await connect(`older-projector-${partition}`)
      for (let batch = 0; !over.signal.aborted;) {
        const rows = count(10).map((index) => olderRow(partition * 100_000 + batch * 10 + index))
        try {
          await writeAsOlderProjector(client, partition, rows)
          stored.push(...rows.map(({ id }) => id))
          batch++
        } catch (error) {
          refusals.add((error as { code?: unknown }).code)
          await pause(5)
        }
      }
    }

    // 003 waits for a reader, the test takes the runner's lock behind it, and so stands between 003 and 004.
    const [reader, gate, row, watch] = [await connect(), await connect(), await connect(), await connect()]
    const waiting = async (condition: string) =>
      (
        await watch.query(
          `select from pg_locks join pg_stat_activity using (pid)
            where not granted and datname = current_database() and ${condition}`,
        )
      ).rowCount
    const becomes = async (condition: string) => {
      await expect.poll(() => waiting(condition), { timeout: 20_000 }).toBe(1)
    }
    await reader.query('begin; select from insights limit 1')
    const migrating = migrate({ databaseUrl, log, lockTimeoutMs: 60_000 })
    const stopItInBetween = async () => {
      await becomes("application_name = 'insights-migrate' and locktype = 'relation'")
      await Promise.all([
        gate.query('begin; select pg_advisory_xact_lock(1936876905, 1)'),
        becomes("locktype = 'advisory' and classid = 1936876905").then(() => reader.query('commit')),
      ])
      await expect.poll(() => refusals.has('55000'), { timeout: 20_000 }).toBe(true)
      // A row that 004 has to wait for stops it in the middle of its update.
      await row.query("begin; select from insights where conversation_id = 'conv_000007' for update")
      await gate.query('commit')
      await becomes("application_name = 'insights-migrate' and locktype = 'transactionid'")
      const then = [...reads]
      await expect.poll(() => reads.every((now, index) => now > (then[index] ?? 0) + 5), { timeout: 20_000 }).toBe(true)
      await row.query('commit')
      await migrating
      over.abort()
    }
    await Promise.all([
      ...reads.map((_, reader) => keepReading(reader)),
      ...[1, 2].map(keepWriting),
      migrating,
      stopItInBetween(),
    ])

    // All that a projector meets is a reason to wait. 57014: it waited for the backfill for as long as a statement may.
    const reasons = new Set<unknown>(['55000', '57014', '40P01'])
    expect([...refusals].filter((code) => !reasons.has(code))).toEqual([])
    const rows = await start.query(
      `select conversation_id, facets, occurred_at = origin_appended_at as occurred, record_partition from insights order by 1`,
    )
    expect(rows.rows).toEqual(
      stored.toSorted().map((conversation_id) => ({
        conversation_id,
        facets: ['model=simulator', 'cluster=refund', 'cluster=billing'],
        occurred: true,
        record_partition: -1,
      })),
    )
    const known = await start.query<{ conversation_id: string }>('select conversation_id from conversations order by 1')
    expect(known.rows.map(({ conversation_id }) => conversation_id)).toEqual(stored.toSorted())
    const sums = await start.query(
      `select sum(insights)::int as insights, sum(cost_usd_ticks)::text as cost from usage_by_day`,
    )
    expect(sums.rows).toEqual([{ insights: stored.length, cost: String(stored.length * COST_OF_EACH) }])
    const nullable = await start.query(
      `select attname from pg_attribute where attrelid = 'insights'::regclass and not attnotnull
          and attname in ('occurred_at', 'facets', 'record_partition')`,
    )
    expect(nullable.rows).toEqual([])
  })
})
