import type { ClientBase } from 'pg'
import { arrayParameter } from './array-parameter.ts'
import type { Column, Columns } from './column.ts'
import type { PostgresType } from './to-postgres.ts'

/** Larger statements gain nothing, and hold more memory. */
const ROWS_PER_STATEMENT = 3000

/** These travel as numbers, in binary; all others as texts, which Postgres reads for each row. */
const FIXED = ['float8', 'int4', 'int8', 'bool', 'timestamptz'] as const satisfies PostgresType[]
type Fixed = (typeof FIXED)[number]

const isFixed = (type: PostgresType): type is Fixed => FIXED.some((fixed) => fixed === type)

/** Lists of one length side by side: `from unnest(…, …)` would first put each of them into a store of its own. */
const readList = (type: PostgresType, place: number): string =>
  isFixed(type) ? `unnest($${place}::${type}[])` : `unnest($${place}::text[])::${type}`

function toParameter<Row>({ type, parameter }: Column<Row>, rows: readonly Row[]): string | Buffer {
  const list = rows.map(parameter)
  return isFixed(type) ? arrayParameter(type, list as number[]) : arrayParameter('text', list as string[])
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
  const lists = all.map(([, { type }], index) => readList(type, index + 1))
  const updates = names
    .filter((name) => !key.includes(name))
    .map((name) => `${name} = ${set[name] ?? `excluded.${name}`}`)
  const sql = `
    insert into ${table} as known (${names.join(', ')})
    select ${lists.join(', ')}
    on conflict (${key.join(', ')}) do update set ${updates.join(', ')}
    ${unless === undefined ? '' : `where not (${unless})`}`
  return async (client, rows) => {
    for (let from = 0; from < rows.length; from += ROWS_PER_STATEMENT) {
      const some = rows.slice(from, from + ROWS_PER_STATEMENT)
      const parameters = all.map(([, column]) => toParameter(column, some))
      await client.query(sql, parameters)
    }
  }
}
