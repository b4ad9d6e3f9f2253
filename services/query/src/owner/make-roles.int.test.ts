import { randomBytes } from 'node:crypto'
import { spawnService } from '@insights/fixtures/spawn-service'
import { createLogger } from '@insights/runtime/logger'
import { testContext } from '@insights/stack/test-context'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serveForTests } from '../api/serve.fixture.ts'
import { openDatabase } from '../api/reading/open-database.ts'
import { API_WRITES, PROJECTOR_WRITES } from './grant-access.ts'
import { makeRoles } from './make-roles.ts'
import { migrate } from './migrate.ts'
import { makeOlderTables } from './older-projector.fixture.ts'
import { storeInsights } from '../projector/store-insights.fixture.ts'
import { openPool } from '../database/open-pool.ts'
import { sampleInsight } from '../sample-insight.fixture.ts'

const context = await testContext('query-roles')
const databaseUrl = context.env['DATABASE_URL'] ?? ''
const log = createLogger({ service: 'roles', level: 'silent' })
const needs = { log, randomBytes }
/** With what a URL has a meaning for, and SQL too. */
const passwords = { projector: "p@ss/w:o?r%d'#1", api: 'another' }
const owner = new pg.Pool({ connectionString: databaseUrl, max: 2 })
let urls: { projector: string; api: string }
beforeAll(async () => {
  urls = withPasswords(await makeRoles(databaseUrl, passwords, needs))
})
afterAll(async () => {
  await owner.query(
    Object.values(roles())
      .map((role) => `drop owned by "${role}"; drop role "${role}"`)
      .join('; '),
  )
  await owner.end()
  await context.stop()
})

function withPasswords(addresses: { projector: string; api: string }) {
  const put = (address: string, password: string) => {
    const url = new URL(address)
    url.password = encodeURIComponent(password)
    return url.href
  }
  return { projector: put(addresses.projector, passwords.projector), api: put(addresses.api, passwords.api) }
}
const roles = () => ({ projector: new URL(urls.projector).username, api: new URL(urls.api).username })

/** What Postgres says to a statement of this role: null when it carries it out. */
async function refusal(url: string, statement: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await client.query(`begin; ${statement}; rollback`).then(
      () => null,
      (error: { code: unknown }) => error.code,
    )
  } finally {
    await client.end()
  }
}
const DENIED = '42501'

describe('the roles', () => {
  test('the projector writes with its role and the API answers with its own', async () => {
    const pool = openPool({ databaseUrl: urls.projector, maxConnections: 2, log })
    await storeInsights(pool, [sampleInsight({ conversation_id: 'conv_1' })])
    await storeInsights(pool, [sampleInsight({ conversation_id: 'conv_2' })])
    await pool.end()

    const database = openDatabase({ url: urls.api, maxConnections: 2, statementTimeoutMs: 10_000 })
    const app = serveForTests(database)
    const window = 'start_time=2026-01-01&end_time=2027-01-01'
    for (const query of [window, `${window}&min_confidence=0.5&sentiment=negative&cluster=refund`]) {
      const insights = await app.inject(`/api/v1/insights?${query}`)
      expect(insights.json()).toMatchObject({ metadata: { total_count: 2 } })
    }
    expect((await app.inject(`/api/v1/usage?${window}`)).statusCode).toBe(200)
    expect((await app.inject('/api/v1/conversations/conv_1')).statusCode).toBe(200)
    await app.close()
    await database.close()
  })

  test('neither may do more: the API reads what it gives out and writes nothing, the projector makes and drops nothing', async () => {
    const refused = async (url: string, statements: string[]) => {
      const codes = []
      for (const statement of statements) codes.push(await refusal(url, statement))
      expect(codes).toEqual(statements.map(() => DENIED))
    }
    await refused(urls.api, [
      'insert into insights select * from insights',
      'delete from insights',
      'update conversations set messages = null',
      'delete from failures',
      'select from erasures',
      'truncate redrives',
      'create table extra (x int)',
      'create schema extra',
    ])
    await refused(urls.projector, [
      'insert into schema_migrations values (1, 1)',
      'create table extra (x int)',
      'drop table insights',
      'alter table insights disable trigger all',
      'truncate insights',
      'create role extra',
    ])
  })

  test('made again they keep their passwords, a new one takes the place of the old one, and no statement holds it', async () => {
    await makeRoles(databaseUrl, { projector: null, api: null }, needs)
    expect(await refusal(urls.api, 'select from insights')).toBeNull()
    await makeRoles(databaseUrl, { projector: null, api: 'changed' }, needs)
    await expect(refusal(urls.api, 'select 1')).rejects.toMatchObject({ code: '28P01' })
    await makeRoles(databaseUrl, passwords, needs)
    expect(await refusal(urls.api, 'select from insights')).toBeNull()
    const kept = await owner.query('select rolpassword from pg_authid where rolname = any($1)', [
      Object.values(roles()),
    ])
    for (const { rolpassword } of kept.rows) expect(rolpassword).toMatch(/^SCRAM-SHA-256\$/)
  })

  test('tables of later migrations are theirs with the migration', async () => {
    await owner.query('drop schema public cascade; create schema public')
    const client = await owner.connect()
    await makeOlderTables(client)
    client.release()
    await makeRoles(databaseUrl, passwords, needs)
    expect(await refusal(urls.api, 'select from usage_by_day')).toBeNull()
    await migrate({ databaseUrl, log })
    expect(await refusal(urls.api, 'select from usage_by_day')).toBeNull()
    expect(
      await refusal(
        urls.projector,
        'delete from usage_by_day; select from rollups; update projection set counted = true',
      ),
    ).toBeNull()
  })

  test('what an operator must put right is said: a password that is missing, a role that may do more', async () => {
    const role = roles().api
    await owner.query(`alter role "${role}" createdb`)
    await expect(makeRoles(databaseUrl, passwords, needs)).rejects.toThrow(
      /_api may do more than use tables: alter role .* nocreatedb /,
    )
    await owner.query(`alter role "${role}" nocreatedb; grant create on schema public to public`)
    await expect(makeRoles(databaseUrl, passwords, needs)).rejects.toThrow(
      /may make tables of its own: revoke create on schema public/,
    )
    await owner.query(`revoke create on schema public from public; drop owned by "${role}"; drop role "${role}"`)
    await expect(makeRoles(databaseUrl, { projector: null, api: null }, needs)).rejects.toThrow(
      `API_DB_PASSWORD is not set, and the role ${role} is not there yet`,
    )
    await makeRoles(databaseUrl, passwords, needs)
  })

  test('(I9) a right that is missing is told as a reason to wait, and comes back with the roles', async () => {
    await using api = await spawnService('query', { ...context.env, ROLE: 'api', DATABASE_URL: urls.api })
    const ready = async () => (await fetch(`${api.url}/readyz`)).text()
    await owner.query(`revoke all on rollups from "${roles().api}"`)
    await expect.poll(ready, { timeout: 20_000 }).toContain('lacks rights on rollups: run npm run roles')
    await owner.query(`revoke all on schema_migrations from "${roles().api}"`)
    await expect.poll(ready, { timeout: 20_000 }).toContain('permission denied for table schema_migrations')
    await makeRoles(databaseUrl, passwords, needs)
    await expect.poll(ready, { timeout: 20_000 }).toContain('"status":"ok"')
  })

  test('no table is forgotten: each is one that the projector or the API writes, or that migrations alone write', async () => {
    const { rows } = await owner.query<{ name: string }>(
      `select relname::text as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'v')`,
    )
    expect(rows.map(({ name }) => name).toSorted()).toEqual(
      [...PROJECTOR_WRITES, ...API_WRITES, 'schema_migrations'].toSorted(),
    )
  })
})
