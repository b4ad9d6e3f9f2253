import pg from 'pg'
import { jobs } from '../processes/process-table.ts'
import { root } from '../processes/root.ts'
import { runJob } from '../processes/run-job.ts'

/** Any two numbers that nothing else locks. */
const LOCK = 'select pg_advisory_lock(1936876905, 7)'

/**
 * A new, migrated database: a copy of the run's template, made by the first caller (migrating takes longer).
 * @returns its address.
 */
export async function cloneDatabase({
  databaseUrl,
  template,
  name,
}: {
  databaseUrl: string
  template: string
  name: string
}): Promise<string> {
  await withClient(databaseUrl, async (client) => {
    await client.query(LOCK)
    await makeTemplate(client, { databaseUrl, template })
    await client.query(`create database ${client.escapeIdentifier(name)} template ${client.escapeIdentifier(template)}`)
  })
  return withDatabase(databaseUrl, name)
}

/** Drops databases, also those that clients are still connected to. */
export async function dropDatabases(databaseUrl: string, names: string[]): Promise<void> {
  await withClient(databaseUrl, async (client) => {
    for (const name of names) {
      const drop = `drop database if exists ${client.escapeIdentifier(name)}`
      // Without force Postgres gives sessions that are just ending five seconds. Cut off at once, a pool that was ended
      // a moment ago would still hear of it, as an uncaught error.
      await client.query(drop).catch(async (error: { code?: string }) => {
        if (error.code !== OBJECT_IN_USE) throw error
        await client.query(`${drop} with (force)`)
      })
    }
  })
}
const OBJECT_IN_USE = '55006'

/** It gets its name when it is complete, so a maker that died leaves nothing that looks like one. */
async function makeTemplate(
  client: pg.Client,
  { databaseUrl, template }: { databaseUrl: string; template: string },
): Promise<void> {
  const { rowCount } = await client.query('select from pg_database where datname = $1', [template])
  if (rowCount !== 0) return
  const unfinished = `${template}_unfinished`
  await client.query(`drop database if exists ${client.escapeIdentifier(unfinished)} with (force)`)
  await client.query(`create database ${client.escapeIdentifier(unfinished)}`)
  await migrate(withDatabase(databaseUrl, unfinished))
  await client.query(
    `alter database ${client.escapeIdentifier(unfinished)} rename to ${client.escapeIdentifier(template)}`,
  )
}

/** As a process, like the services: the stack lies below them and imports none. */
async function migrate(databaseUrl: string): Promise<void> {
  const { PATH, HOME } = process.env
  await runJob({
    name: 'migrate',
    command: process.execPath,
    args: [jobs.migrate.program, ...jobs.migrate.args, '--no-stack-env'],
    cwd: root,
    env: { PATH, HOME, DATABASE_URL: databaseUrl, LOG_LEVEL: 'warn' },
  })
}

async function withClient(databaseUrl: string, use: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    await use(client)
  } finally {
    // Ends the session and with it the lock.
    await client.end()
  }
}

function withDatabase(databaseUrl: string, name: string): string {
  const url = new URL(databaseUrl)
  url.pathname = `/${name}`
  return url.href
}
