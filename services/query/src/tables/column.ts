import { toPostgres, type PostgresType, type PostgresValues } from './to-postgres.ts'

/** A column of a table: its type, and what of a row a statement is given for it. */
export interface Column<Row> {
  type: PostgresType
  parameter: (row: Row) => string | number | boolean | null
}

export type Columns<Row> = Record<string, Column<Row>>

export function column<Row, T extends PostgresType>(
  type: T,
  value: (row: Row) => PostgresValues[T] | null,
): { type: T; parameter: Column<Row>['parameter'] } {
  const write = toPostgres[type]
  return {
    type,
    parameter: (row) => {
      const given = value(row)
      return given === null ? null : write(given)
    },
  }
}
