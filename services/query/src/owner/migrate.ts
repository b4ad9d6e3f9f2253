import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import type { Logger } from '@insights/runtime/logger'
import type pg from 'pg'
import { connectAsOwner } from '../database/connect-as-owner.ts'
import { encodingFault } from '../database/encoding-fault.ts'
import { grantAccess } from './grant-access.ts'
import { lockMigrations } from './lock-migrations.ts'
import { MigrationError } from './migration-error.ts'
import { readOnlyFault } from '../database/read-only-fault.ts'

const folder = new URL('./migrations/', import.meta.url)

interface Migration {
  name: string
  sql: string
  checksum: string
}

/**
 * Brings the database to the newest migration and returns the names of those it applied. Each runs in a transaction of
 * its own under one lock, so several runners at once are safe: the later ones find less to do, or nothing. A Postgres
 * that cannot be reached, or is still starting, is waited for, up to `waitMs`; another runner, and who uses the tables,
 * up to `lockWaitMs` for each migration. While a migration waits for a table, readers wait behind it: after
 * `lockTimeoutMs` (default 2 s) it lets them pass and tries again.
 * @throws MigrationError when an applied file was edited, a new one sorts before it, the database is not UTF8 or takes
 * no writes, or another holds a lock for too long
 */
export async function migrate({
  databaseUrl,
  log,
  waitMs = 60_000,
  lockWaitMs = 60_000,
  lockTimeoutMs,
}: {
  databaseUrl: string
  log: Logger
  waitMs?: number
  lockWaitMs?: number
  lockTimeoutMs?: number
}): Promise<{ applied: string[] }> {
  const migrations = await readMigrations()
  const client = await connectAsOwner(databaseUrl, { name: 'insights-migrate', log, waitMs })
  try {
    await requireWritableUtf8(client)
    const applied: string[] = []
    for (;;) {
      const patience = { log, waitMs: lockWaitMs, lockTimeoutMs }
      const name = await lockMigrations(client, patience, () => applyNext(client, migrations))
      if (name === null) return { applied }
      log.info({ migration: name }, 'migration applied')
      applied.push(name)
    }
  } finally {
    await client.end()
  }
}

/** The migrations that belong to this version of the code, in order. */
export async function readMigrations(): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).toSorted()
  return Promise.all(
    names.map(async (name) => {
      // A checkout with CRLF line endings is the same migration.
      const sql = (await readFile(new URL(name, folder), 'utf8')).replaceAll('\r\n', '\n')
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}

interface Applied {
  name: string
  checksum: string
}

/** What is left to apply. Migrations that only the database has are those of a newer version and are left alone. */
export function pendingMigrations(migrations: Migration[], applied: Applied[]): Migration[] {
  const checksums = new Map(applied.map(({ name, checksum }) => [name, checksum]))
  const newest =
    applied
      .map(({ name }) => name)
      .toSorted()
      .at(-1) ?? ''
  for (const { name, checksum } of migrations) {
    const known = checksums.get(name)
    if (known === undefined && name < newest) {
      throw new MigrationError(`${name} sorts before ${newest}, which is already applied: give it a higher number`)
    }
    if (known !== undefined && known !== checksum) {
      throw new MigrationError(
        `${name} was edited after it was applied: restore the file and put the change into a new migration`,
      )
    }
  }
  return migrations.filter(({ name }) => !checksums.has(name))
}

/** Applies the first that is missing and returns its name; null when none is. */
async function applyNext(client: pg.Client, migrations: Migration[]): Promise<string | null> {
  await client.query(
    `create table if not exists schema_migrations (
       name text primary key, checksum text not null, applied_at timestamptz not null default now()
     )`,
  )
  const { rows } = await client.query<Applied>('select name, checksum from schema_migrations')
  const [next] = pendingMigrations(migrations, rows)
  if (next === undefined) return null
  try {
    await client.query(next.sql)
    await client.query('insert into schema_migrations (name, checksum) values ($1, $2)', [next.name, next.checksum])
    await grantAccess(client)
    return next.name
  } catch (error) {
    throw new Error(`${next.name} failed and was rolled back`, { cause: error })
  }
}

/** Other encodings lack most characters that people write, and the first of those would stop the projector for good. */
async function requireWritableUtf8(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ encoding: string; read_only: boolean }>(
    `select current_setting('server_encoding') as encoding, current_setting('transaction_read_only')::bool as read_only`,
  )
  const fault = encodingFault(rows[0]?.encoding) ?? readOnlyFault(rows[0]?.read_only)
  if (fault !== null) throw new MigrationError(fault)
}
