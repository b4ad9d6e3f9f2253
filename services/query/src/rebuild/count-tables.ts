import { escapeIdentifier, type Client } from 'pg'
import pg from 'pg'
import { writeCounts } from '../counts/write-counts.ts'
import { SCHEMA } from './make-tables.ts'
import { createProgress } from './tell-progress.ts'

/** Makes the counts of the new tables, all at once, and what Postgres knows of their contents. */
export async function countTables(
  client: Client,
  { monotonic, tell }: { monotonic: () => number; tell: (line: string) => void },
): Promise<void> {
  const schema = escapeIdentifier(SCHEMA)
  await client.query(`begin; set local search_path = ${schema}; select set_config('insights.projector', '3', true)`)
  const progress = createProgress({ what: 'rows', monotonic, tell })
  let before = 0
  await writeCounts(client, {
    now: monotonic,
    onProgress: ({ done, of }) => {
      progress(done - before, of - done)
      before = done
    },
  })
  await client.query('commit')
  const { rows } = await client.query<{ name: string }>(
    `select quote_ident(relname) as name from pg_class where relnamespace = $1::regnamespace and relkind = 'r'`,
    [SCHEMA],
  )
  for (const { name } of rows) {
    try {
      await client.query(`vacuum (analyze) ${schema}.${name}`)
    } catch (error) {
      // The first queries are slower without it. A limit of time cannot be lifted for it: it runs in no transaction.
      if (!(error instanceof pg.DatabaseError && error.code === '57014')) throw error
      tell(`${name} is not analyzed yet: statement_timeout is too short for it`)
    }
  }
}
