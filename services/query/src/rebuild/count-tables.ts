import type { Step } from '@insights/runtime/show-progress'
import pg, { escapeIdentifier, type Client } from 'pg'
import { makeCounts } from '../counts/make-counts.ts'
import { SCHEMA } from './make-tables.ts'

/** Makes the counts of the new tables, all at once, and what Postgres knows of their contents. */
export async function countTables(
  client: Client,
  { step, tell }: { step: Step; tell: (line: string) => void },
): Promise<void> {
  const schema = escapeIdentifier(SCHEMA)
  await client.query(`begin; set local search_path = ${schema}; select set_config('insights.projector', '3', true)`)
  await makeCounts(client, { step })
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
