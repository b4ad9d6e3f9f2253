import { sql, type FragmentSqlToken } from 'slonik'

/** A time as the API writes it, where Postgres writes the answer: ISO 8601 in UTC, with milliseconds. */
export const isoTime = (column: readonly string[]): FragmentSqlToken =>
  sql.fragment`to_char(${sql.identifier([...column])} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
