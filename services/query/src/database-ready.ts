import { readMigrations } from './migrate.ts'
import { postgresAway } from './postgres-away.ts'

/**
 * A check that is null when Postgres answers and has every migration this code needs, else says why not. `appliedNames`
 * is `select name from schema_migrations`, through whichever client the caller has.
 */
export function createDatabaseCheck(appliedNames: () => Promise<readonly string[]>): () => Promise<string | null> {
  let needed: Promise<string[]> | undefined

  return async () => {
    needed ??= readMigrations().then((migrations) => migrations.map(({ name }) => name))
    try {
      const applied = new Set(await appliedNames())
      const missing = (await needed).filter((name) => !applied.has(name))
      return missing.length === 0 ? null : `migrations are missing (${missing.join(', ')}): run npm run migrate`
    } catch (error) {
      if (isUndefinedTable(error)) return 'the database was never migrated: run npm run migrate'
      const reason = postgresAway(error)
      if (reason === null) throw error
      return reason
    }
  }
}

/** SQLSTATE 42P01 */
function isUndefinedTable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '42P01'
}
