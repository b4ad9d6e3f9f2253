import { encodingFault } from '../database/encoding-fault.ts'
import { readMigrations } from './migrate.ts'
import { postgresAway } from '../database/postgres-away.ts'
import { readOnlyFault } from '../database/read-only-fault.ts'

/**
 * The encoding of the database, the migrations that it has, the tables on which the role lacks a right; for who writes,
 * whether it takes writes.
 */
export interface DatabaseState {
  encoding: string
  names: readonly string[]
  lacking?: readonly string[]
  read_only?: boolean
}

/**
 * A check that is null when Postgres answers, is UTF8 and has every migration this code needs, else says why not.
 * `readState` asks for it through whichever client the caller has.
 */
export function createDatabaseCheck(readState: () => Promise<DatabaseState>): () => Promise<string | null> {
  let needed: Promise<string[]> | undefined

  return async () => {
    needed ??= readMigrations().then((migrations) => migrations.map(({ name }) => name))
    try {
      const { encoding, names, lacking = [], read_only } = await readState()
      const fault = encodingFault(encoding) ?? readOnlyFault(read_only)
      if (fault !== null) return fault
      const applied = new Set(names)
      const missing = (await needed).filter((name) => !applied.has(name))
      if (missing.length > 0) return `migrations are missing (${missing.join(', ')}): run npm run migrate`
      return lacking.length === 0 ? null : lacksRights(`on ${lacking.join(', ')}`)
    } catch (error) {
      // A table in a schema that the role may not use is as if it were not there.
      if (hasCode(error, UNDEFINED_TABLE))
        return 'the database was never migrated, or its schema is closed to this role: run npm run migrate, then npm run roles'
      if (hasCode(error, INSUFFICIENT_PRIVILEGE)) return lacksRights(`(${error.message})`)
      const reason = postgresAway(error)
      if (reason === null) throw error
      return reason
    }
  }
}

const lacksRights = (what: string) =>
  `the role of DATABASE_URL lacks rights ${what}: run npm run roles as the owner of the tables`

const UNDEFINED_TABLE = '42P01'
const INSUFFICIENT_PRIVILEGE = '42501'
const hasCode = (error: unknown, code: string): error is Error =>
  error instanceof Error && 'code' in error && error.code === code
