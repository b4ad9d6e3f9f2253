import type { ClientBase } from 'pg'
import type { Columns } from '../../column.ts'
import type { PostgresType } from '../../to-postgres.ts'

/** Larger statements gain nothing, and hold more memory. */
const ROWS_PER_STATEMENT = 3000

/** Arrays and JSON travel as literals (to-postgres.ts) and are read for each row. */
const TRAVEL_AS: Partial<Record<PostgresType, string>> = {
  'text[]': 'text',
  'int4[]': 'text',
  'int8[]': 'text',
  jsonb: 'text',
  bytea: 'text',
}

/**
 * A function that writes rows, each over the one with the same key. They must be distinct by key and sorted by it.
 * `set` says what becomes of a row that is there, where that is not simply the new value of each column.
 */
export function createUpsert<Row>({
  table,
  key,
  columns,
  set = {},
  unless,
}: {
  table: string
  key: readonly string[]
  columns: Columns<Row>
  set?: Record<string, string>
  /** Leaves the row that is there as it is when this is true of `known` and `excluded`. */
  unless?: string
}): (client: ClientBase, rows: readonly Row[]) => Promise<void> {
  const all = Object.entries(columns)
  const names = all.map(([name]) => name)
  const given = all.map(([, { type }], place) => `$${place + 1}::${TRAVEL_AS[type] ?? type}[]`)
  const read = all.map(([name, { type }]) => (type in TRAVEL_AS ? `row.${name}::${type}` : `row.${name}`))
  const updates = names
    .filter((name) => !key.includes(name))
    .map((name) => `${name} = ${set[name] ?? `excluded.${name}`}`)
  const sql = `
    insert into ${table} as known (${names.join(', ')})
    select ${read.join(', ')} from unnest(${given.join(', ')}) as row (${names.join(', ')})
    on conflict (${key.join(', ')}) do update set ${updates.join(', ')}
    ${unless === undefined ? '' : `where not (${unless})`}`
  return async (client, rows) => {
    for (let from = 0; from < rows.length; from += ROWS_PER_STATEMENT) {
      const some = rows.slice(from, from + ROWS_PER_STATEMENT)
      await client.query(
        sql,
        all.map(([, { parameter }]) => some.map(parameter)),
      )
    }
  }
}
