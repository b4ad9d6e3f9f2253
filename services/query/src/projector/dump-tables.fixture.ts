import type { ClientBase, Pool } from 'pg'

export const PROJECTED_TABLES = [
  'conversations',
  'insights',
  'insight_words',
  'failures',
  'erasures',
  'facet_totals',
  'rollups',
  'usage_by_day',
] as const

/** All rows of all tables, as text: two dumps are equal when the tables are, to the byte. */
export async function dumpTables(client: ClientBase | Pool): Promise<Record<string, string[]>> {
  const dump: Record<string, string[]> = {}
  for (const table of PROJECTED_TABLES) {
    const { rows } = await client.query<{ line: string }>(
      `select t::text as line from ${table} as t order by t::text collate "C"`,
    )
    dump[table] = rows.map(({ line }) => line)
  }
  return dump
}

export async function emptyTables(client: ClientBase | Pool): Promise<void> {
  await client.query(`truncate ${PROJECTED_TABLES.join(', ')}`)
}
