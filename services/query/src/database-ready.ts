import { encodingFault } from './encoding-fault.ts'
import { readMigrations } from './migrate.ts'
import { postgresAway } from './postgres-away.ts'

/** The encoding of the database and the migrations that it has. */
export interface DatabaseState {
  encoding: string
  names: readonly string[]
}

/**
 * A check that is null when Postgres answers, is UTF8 and has every migration this code needs, else says why not.
 * `readState` asks `select current_setting('server_encoding') as encoding, array(select name from schema_migrations) as
 * names`, through whichever client the caller has.
 */
export function createDatabaseCheck(readState: () => Promise<DatabaseState>): () => Promise<string | null> {
  let needed: Promise<string[]> | undefined

  return async () => {
    needed ??= readMigrations().then((migrations) => migrations.map(({ name }) => name))
    try {
      const { encoding, names } = await readState()
      const fault = encodingFault(encoding)
      if (fault !== null) return fault
      const applied = new Set(names)
      const missing = (await needed).filter((name) => !applied.has(name))
      return missing.length === 0 ? null : `migrations are missing (${missing.join(', ')}): run npm run migrate`
    } catch (error) {
      if (hasCode(error, UNDEFINED_TABLE)) return 'the database was never migrated: run npm run migrate'
      if (hasCode(error, INSUFFICIENT_PRIVILEGE))
        return `the role of DATABASE_URL lacks a right (${error.message}): run npm run roles as the owner of the tables`
      const reason = postgresAway(error)
      if (reason === null) throw error
      return reason
    }
  }
}

const UNDEFINED_TABLE = '42P01'
const INSUFFICIENT_PRIVILEGE = '42501'
const hasCode = (error: unknown, code: string): error is Error =>
  error instanceof Error && 'code' in error && error.code === code
