import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { createLogger } from '@insights/runtime/logger'
import { testContext } from '@insights/stack/test-context'
import pg from 'pg'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { migrate, readMigrations } from './migrate.ts'
import { MigrationError } from './migration-error.ts'
import { COST_OF_EACH, makeOlderTables, upsertOlderRows } from './older-projector.fixture.ts'

const context = await testContext('query-migrate')
const log = createLogger({ service: 'migrate', level: 'silent' })
const name = `${new URL(context.env['DATABASE_URL'] ?? '').pathname.slice(1)}_empty`
const databaseUrl = new URL(`/${name}`, context.env['DATABASE_URL']).href
const admin = new pg.Client({ connectionString: new URL('/postgres', context.env['DATABASE_URL']).href })
await admin.connect()
beforeEach(async () => void (await admin.query(`create database "${name}"`)))
afterEach(async () => void (await admin.query(`drop database if exists "${name}" with (force)`)))
afterAll(async () => {
  await admin.end()
  await context.stop()
})

async function query(sql: string) {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

const row = (id: string, offset: number) => ({
  id,
  clusters: ['billing'],
  submittedAt: Date.parse('2026-03-01T10:00:00Z'),
  offset,
})

describe('migrate', () => {
  test('several runners at once apply each migration once', async () => {
    const runs = await Promise.all([1, 2, 3, 4].map(() => migrate({ databaseUrl, log })))
    const all = (await readMigrations()).map((migration) => migration.name)
    expect(runs.flatMap(({ applied }) => applied).toSorted()).toEqual(all)
    expect(await migrate({ databaseUrl, log })).toEqual({ applied: [] })
    expect(await query('select count(*)::int as count from insights')).toEqual([{ count: 0 }])
  })

  test('an edited migration stops everything before it does harm', async () => {
    await migrate({ databaseUrl, log })
    await query("update schema_migrations set checksum = 'other' where name = '001-insights.sql'")
    await expect(migrate({ databaseUrl, log })).rejects.toThrow(MigrationError)
  })

  test('a migration that fails leaves nothing of itself behind, and the next run begins with it', async () => {
    // Its last table is there already, so that the statement before it has to be rolled back.
    await query('create table erasures (x int)')
    await expect(migrate({ databaseUrl, log })).rejects.toThrow('001-insights.sql failed and was rolled back')
    expect(await query("select to_regclass('insights') as insights")).toEqual([{ insights: null }])
    await query('drop table erasures')
    expect((await migrate({ databaseUrl, log })).applied).toContain('001-insights.sql')
  })

  test('(I7) what an older projector has written, and is writing while the usage is migrated, is counted once', async () => {
    const writer = new pg.Client({ connectionString: databaseUrl })
    await writer.connect()
    try {
      await makeOlderTables(writer, '001-insights.sql')
      await upsertOlderRows(writer, [row('a', 1), row('b', 1)])
      await writer.query('begin')
      await upsertOlderRows(writer, [row('b', 2), row('c', 2)])
      const migrating = migrate({ databaseUrl, log })
      const waits = "select from pg_locks where relation = 'insights'::regclass and not granted"
      await expect.poll(async () => (await writer.query(waits)).rowCount, { timeout: 20_000 }).toBe(1)
      await writer.query('commit')
      await migrating
      const counted = 'select insights, cost_usd_ticks from usage_by_day'
      expect(await query(counted)).toEqual([{ insights: '3', cost_usd_ticks: String(3 * COST_OF_EACH) }])
    } finally {
      await writer.end()
    }
  })

  test('who holds the lock is told at once, and given up on after a time; it ends with its transaction', async () => {
    const url = new URL(databaseUrl)
    url.searchParams.set('application_name', 'other-runner')
    const other = new pg.Client({ connectionString: url.href })
    await other.connect()
    const lines: string[] = []
    const told = createLogger({
      service: 'migrate',
      level: 'info',
      destination: { write: (line) => void lines.push(line) },
    })
    try {
      await other.query('begin; select pg_advisory_xact_lock(1936876905, 1)')
      const holder = /process \d+ \(other-runner from 127\.0\.0\.1, since 20\S+Z\)/
      const gaveUp = migrate({ databaseUrl, log: told, lockWaitMs: 600 })
      await expect(gaveUp).rejects.toThrow(MigrationError)
      await expect(gaveUp).rejects.toThrow(holder)
      expect(lines.filter((line) => line.includes('waiting for another migration'))).toEqual([
        expect.stringMatching(holder),
      ])
      const waiting = migrate({ databaseUrl, log })
      await other.query('commit')
      expect((await waiting).applied.length).toBeGreaterThan(0)
    } finally {
      await other.end()
    }
  })

  test('a database that is not UTF8 is refused with what to do, and nothing is made in it', async () => {
    await admin.query(`drop database "${name}"`)
    await admin.query(`create database "${name}" encoding 'WIN1252' locale_provider libc locale 'C' template template0`)
    await expect(migrate({ databaseUrl, log })).rejects.toThrow(
      /^the database is encoded in WIN1252, .*encoding 'UTF8'/,
    )
    expect(await query("select to_regclass('schema_migrations') as made")).toEqual([{ made: null }])
  })

  test('a server that takes no writes, a standby, is refused with what to do', async () => {
    await admin.query(`alter database "${name}" set default_transaction_read_only = on`)
    await expect(migrate({ databaseUrl, log })).rejects.toThrow(
      /^the server takes no writes: .*primary in DATABASE_URL/,
    )
  })

  test('a wrong password and a missing database are told at once', async () => {
    const wrong = new URL(databaseUrl)
    wrong.password = 'wrong'
    await expect(migrate({ databaseUrl: wrong.href, log })).rejects.toMatchObject({ code: '28P01' })
    await admin.query(`drop database "${name}"`)
    await expect(migrate({ databaseUrl, log })).rejects.toMatchObject({ code: '3D000' })
  })

  test('a server that is not up yet is waited for, but not for ever', async () => {
    const { hostname, port } = new URL(databaseUrl)
    const door = createServer((client) => {
      const server = connect(Number(port), hostname)
      client.pipe(server).pipe(client)
      for (const socket of [client, server]) socket.on('error', () => undefined)
    })
    const open = (at: number) => once(door.listen(at, '127.0.0.1'), 'listening')
    await open(0)
    const doorPort = (door.address() as AddressInfo).port
    await once(door.close(), 'close')
    const throughDoor = new URL(databaseUrl)
    throughDoor.host = `127.0.0.1:${doorPort}`
    await expect(migrate({ databaseUrl: throughDoor.href, log, waitMs: 300 })).rejects.toThrow('ECONNREFUSED')
    const waiting = migrate({ databaseUrl: throughDoor.href, log })
    await open(doorPort)
    expect((await waiting).applied.length).toBeGreaterThan(0)
    door.close()
  })
})
