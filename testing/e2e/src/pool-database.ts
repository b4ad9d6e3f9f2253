import { randomBytes } from 'node:crypto'
import { makeRoles } from '@insights/query/make-roles'
import { migrate } from '@insights/query/migrate'
import { createLogger } from '@insights/runtime/logger'
import pg from 'pg'
import { startPgbouncer } from './start-pgbouncer.ts'

export interface PooledDatabase {
  /** For both halves of the query service, with the projector's role: it may write, and read all that the API reads. */
  url: string
  stop(): Promise<void>
}

/**
 * Puts PgBouncer in transaction mode before the database, and makes its tables and roles again through that. Where
 * PgBouncer is not installed all this is done on Postgres itself (start-pgbouncer.ts).
 */
export async function poolDatabase(databaseUrl: string): Promise<PooledDatabase> {
  const log = createLogger({ service: 'test', level: 'warn' })
  const owner = new pg.Client({ connectionString: databaseUrl })
  await owner.connect()
  await owner.query('drop schema public cascade; create schema public')
  const password = 'projector'
  const role = new URL(databaseUrl)
  Object.assign(role, { username: `${role.pathname.slice(1)}_projector`, password })
  const pgbouncer = await startPgbouncer([databaseUrl, role.href], process.env)
  const through = (url: string) => pgbouncer?.through(url) ?? url
  await migrate({ databaseUrl: through(databaseUrl), log })
  const made = await makeRoles(through(databaseUrl), { projector: password, api: 'api' }, { log, randomBytes })
  return {
    url: through(role.href),
    stop: async () => {
      await pgbouncer?.stop()
      for (const name of [made.projector, made.api].map((url) => new URL(url).username))
        await owner.query(`drop owned by ${owner.escapeIdentifier(name)}; drop role ${owner.escapeIdentifier(name)}`)
      await owner.end()
    },
  }
}
