import { testContext } from '@insights/stack/test-context'
import pg from 'pg'
import { afterAll } from 'vitest'
import { openDatabase } from './reading/open-database.ts'

/** A migrated database of a test file's own: `database` as the API reads it, `pool` to write with. Closed behind it. */
export async function openTestDatabase(name: string, { writers = 1 }: { writers?: number } = {}) {
  const context = await testContext(name)
  const url = context.env['DATABASE_URL'] ?? ''
  const pool = new pg.Pool({ connectionString: url, max: writers })
  const database = openDatabase({ url, maxConnections: 4, statementTimeoutMs: 10_000 })
  afterAll(async () => {
    await database.close()
    await pool.end()
    await context.stop()
  })
  return { context, url, pool, database }
}
