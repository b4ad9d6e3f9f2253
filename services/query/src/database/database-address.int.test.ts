import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLogger } from '@insights/runtime/logger'
import { testContext } from '@insights/stack/test-context'
import { sql } from 'slonik'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { openDatabase } from '../api/reading/open-database.ts'
import { ListInsightsQuery } from '../api/insights/list-query.ts'
import { selectInsights } from '../api/insights/select-insights.ts'
import { migrate } from '../owner/migrate.ts'
import { postgresAway } from './postgres-away.ts'
import { openPool } from './open-pool.ts'
import { storeInsights } from '../projector/store-insights.fixture.ts'
import { startPoolerDoor } from './pooler-door.fixture.ts'
import { sampleInsight } from '../sample-insight.fixture.ts'
import { AUTHORITY, startTlsDoor } from './tls-door.fixture.ts'

const context = await testContext('query-address')
const plain = new URL(context.env['DATABASE_URL'] ?? '')
const log = createLogger({ service: 'test', level: 'silent' })
let door: Awaited<ReturnType<typeof startTlsDoor>>
let directory: string
beforeAll(async () => {
  door = await startTlsDoor({ host: plain.hostname, port: Number(plain.port) })
  directory = await mkdtemp(join(tmpdir(), 'insights-tls-'))
  await writeFile(join(directory, 'ca.pem'), AUTHORITY)
})
afterAll(async () => {
  door.close()
  await rm(directory, { recursive: true })
  await context.stop()
})

/** How migrate, the projector and the API fare with one DATABASE_URL: null, or why they do not reach the database. */
async function reach(databaseUrl: string) {
  const pool = openPool({ databaseUrl, maxConnections: 1, log })
  const database = openDatabase({ url: databaseUrl, maxConnections: 1, statementTimeoutMs: 10_000 })
  const why = (error: unknown) => postgresAway(error) ?? `not away: ${String(error)}`
  const outcomes = await Promise.all([
    migrate({ databaseUrl, log }).then(() => null, why),
    pool.query('select 1').then(() => null, why),
    database.read((reader) => reader.one(sql.type(z.object({ one: z.int() }))`select 1 as one`)).then(() => null, why),
  ])
  await Promise.all([pool.end(), database.close()])
  return [...new Set(outcomes)]
}

const CA = 'sslrootcert=CA'
test.each([
  ['localhost', '', null, false],
  ['localhost', 'sslmode=disable', null, false],
  ['127.0.0.1', 'sslmode=require', null, true],
  ['127.0.0.1', `sslmode=require&${CA}`, null, true],
  ['127.0.0.1', `sslmode=verify-ca&${CA}`, null, true],
  ['localhost', `sslmode=verify-full&${CA}`, null, true],
  ['127.0.0.1', `sslmode=verify-full&${CA}`, 'ERR_TLS_CERT_ALTNAME_INVALID', true],
  ['localhost', 'sslmode=verify-full', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', true],
])('at %s, %j means the same to migrate, projector and API', async (host, query, fault, encrypted) => {
  const url = new URL(plain)
  url.host = `${host}:${door.port}`
  url.search = query.replace('CA', encodeURIComponent(join(directory, 'ca.pem')))
  door.encrypted()
  const outcomes = await reach(url.href)
  expect(outcomes.map((why) => /\(([A-Z_]+)\)$/.exec(why ?? '')?.[1] ?? why)).toEqual([fault])
  expect(door.encrypted()).toEqual([encrypted])
})

test('a server without TLS is told as that by all three', async () => {
  const url = new URL(plain)
  url.search = 'sslmode=require'
  expect(await reach(url.href)).toEqual(['The server does not support SSL connections'])
})

test('an IPv6 address in brackets is one to all three', async () => {
  const url = new URL(plain)
  url.hostname = '[::ffff:127.0.0.1]'
  expect(url.href).toContain('@[::')
  expect(await reach(url.href)).toEqual([null])
})

test('nothing that we say needs a connection of its own: a pooler in transaction mode may stand before Postgres', async () => {
  const pooler = await startPoolerDoor({ host: plain.hostname, port: Number(plain.port) })
  const url = new URL(plain)
  url.host = `127.0.0.1:${pooler.port}`
  const owner = openPool({ databaseUrl: plain.href, maxConnections: 1, log })
  await owner.query('drop schema public cascade; create schema public')
  await owner.end()
  expect(await reach(url.href)).toEqual([null])
  const pool = openPool({ databaseUrl: url.href, maxConnections: 1, log })
  const insight = sampleInsight({ conversation_id: 'conv_pooled' })
  await storeInsights(pool, [insight])
  await pool.end()
  const database = openDatabase({ url: url.href, maxConnections: 1, statementTimeoutMs: 10_000 })
  const window = { start_time: '1970-01-01T00:00:00Z', end_time: '9999-12-31T00:00:00Z' }
  const { selection } = ListInsightsQuery.parse(window)
  const { total } = await database.read((reader) => selectInsights(reader, { selection, after: null, limit: 1 }))
  await database.close()
  pooler.close()
  expect({ total, faults: pooler.faults() }).toEqual({ total: 1, faults: [] })
})
